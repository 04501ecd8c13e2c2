// A database that tells what its transactions cost: a decorator.
#pragma once

#include "base/guarded.h"
#include "storage/sql/db.h"

namespace gyre::bench {

struct DbCost {
  std::int64_t body_cpu_ns = 0;  // of the statements, on the thread that ran them
  std::int64_t body_wall_ns = 0;
  std::int64_t whole_wall_ns = 0;  // from asking for the transaction to its answer
};

class MeteredDb final : public sql::Db {
 public:
  explicit MeteredDb(sql::Db& inner) : inner_(inner) {}
  sql::Dialect dialect() const override { return inner_.dialect(); }
  Result<void> verify() override { return inner_.verify(); }
  // What the transactions since the last call cost in sum.
  DbCost take() {
    return sum_.with([](DbCost& sum) { return std::exchange(sum, {}); });
  }

 private:
  Result<void> run(Mode mode, const std::function<Result<void>(sql::Tx&)>& body) override;

  sql::Db& inner_;
  Guarded<DbCost> sum_;
};

}  // namespace gyre::bench

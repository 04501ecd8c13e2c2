// The transaction of a database as a database of its own.
#pragma once

#include "storage/sql/db.h"

namespace gyre::sql {

// For what takes a Db and shall happen in a transaction that is open already: it is kept with the rest, or not at all. Lives inside
// the body that was handed `tx`.
class Within final : public Db {
 public:
  Within(Tx& tx, Dialect dialect) : tx_(tx), dialect_(dialect) {}
  Dialect dialect() const override { return dialect_; }
  Result<void> verify() override { return {}; }

 private:
  Result<void> run(Mode, const std::function<Result<void>(Tx&)>& body) override { return body(tx_); }

  Tx& tx_;
  const Dialect dialect_;
};

}  // namespace gyre::sql

// Numbers that no other server gives out: taken from the database in blocks. Inside tracking/ only.
#pragma once

#include "base/guarded.h"
#include "storage/sql/db.h"

namespace gyre::tracking {

// Thread-safe. A number that was not used is lost; there are 2^63.
class IdBlocks {
 public:
  explicit IdBlocks(sql::Db& db) : db_(db) {}

  // The first of `count` numbers in a row, at most kBlock. Not from inside a transaction: it may need one of its own.
  Result<std::int64_t> take(std::int64_t count);

  static constexpr std::int64_t kBlock = 1 << 20;

 private:
  struct Block {
    std::int64_t next = 0, end = 0;
  };
  Result<std::int64_t> take_from_database();

  sql::Db& db_;
  Guarded<Block> block_;
};

}  // namespace gyre::tracking

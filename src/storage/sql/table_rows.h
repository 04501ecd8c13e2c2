// Tables of a database that nobody knows beforehand: their names, columns and rows. Inside this folder only.
#pragma once

#include "storage/sql/db.h"

namespace gyre::sql {

struct Column {
  std::string name;
  std::string type;  // as PostgreSQL calls it; empty where it is not asked for
};

// In the order in which they were made: what a table refers to stands before it. By name where that is not known.
Result<std::vector<std::string>> tables_of(Tx& tx, Dialect dialect);
Result<std::vector<Column>> columns_of(Tx& tx, Dialect dialect, std::string_view table);

// Every row, with a bound on how many are in memory.
Result<void> each_row(Tx& tx, Dialect dialect, std::string_view table, std::span<const Column> columns, const Tx::RowSink& sink);

// What stands in a column of that type: bytes and texts as each other, where the looser types of SQLite hold the one for the other.
Value in_type(const Value& value, std::string_view type);

// All rows of a table in one figure that does not depend on their order: the sum of their SHA-256, by 64 bits each.
class TableDigest {
 public:
  void add(std::span<const Value> row);
  std::int64_t rows() const { return rows_; }
  std::string hex() const;

 private:
  std::int64_t rows_ = 0;
  std::array<std::uint64_t, 4> sum_{};
  std::string encoded_;  // of one row; kept for its memory
};

}  // namespace gyre::sql

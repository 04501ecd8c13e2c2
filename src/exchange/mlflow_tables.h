// The tables of an MLflow database of any release: what is missing there reads as what it stands for. Inside exchange/ only.
#pragma once

#include <set>

#include "exchange/source.h"
#include "storage/sql/db.h"

namespace gyre::exchange {

using Row = std::span<const sql::Value>;

// Whatever the column holds, as what is wanted; a database of others may hold anything anywhere.
std::int64_t whole_of(const sql::Value& value);
double real_of(const sql::Value& value);
std::optional<std::int64_t> maybe_whole(const sql::Value& value);
std::optional<std::string> maybe_text(const sql::Value& value);
// As UTF-8 without NUL, which a database of ours may not hold: a byte that is none becomes U+FFFD.
std::string text_of(const sql::Value& value);
bool is_clean(std::string_view text);
std::string clean(std::string_view text);

// Borrows the transaction: lives within one body of Db::read.
class MlflowTables {
 public:
  static Result<MlflowTables> look(sql::Tx& tx, sql::Dialect dialect);

  bool has(std::string_view table) const { return columns_.contains(table); }
  bool has(std::string_view table, std::string_view column) const;
  // A column in quotes; `otherwise`, an expression, where the table has none of that name.
  std::string column(std::string_view table, std::string_view name, std::string_view otherwise = "NULL") const;

  // Rows as they come; on PostgreSQL some thousand at a time.
  using OnRow = std::function<Result<void>(Row row)>;
  Result<void> each(const std::string& query, const OnRow& on_row) const;
  // The whole answer at once, for what is bounded by its arguments.
  Result<void> all(const std::string& query, std::span<const sql::Value> args, const std::function<void(Row row)>& on_row) const;

  const std::string& revision() const { return revision_; }  // of alembic; "" where there is none
  // The releases that wrote this schema: "2.18 to 2.22"; "" where it is not known.
  std::string releases() const;

 private:
  MlflowTables(sql::Tx& tx, sql::Dialect dialect) : tx_(&tx), dialect_(dialect) {}
  Result<void> read_columns();

  sql::Tx* tx_;
  sql::Dialect dialect_;
  std::map<std::string, std::set<std::string, std::less<>>, std::less<>> columns_;
  std::string revision_;
};

}  // namespace gyre::exchange

#include "storage/sql/copy.h"

#include <fmt/format.h>

#include <algorithm>
#include <deque>

#include "storage/sql/table_rows.h"
#include "storage/sql/within.h"

namespace gyre::sql {
namespace {

// A batch is sent when it has so many values or bytes, whichever comes first.
constexpr std::size_t kMaxBatchValues = 8192, kMaxBatchBytes = 4 << 20;
constexpr std::int64_t kTellEachRows = 1000;
// Made and filled by migrations: each database has it by itself.
constexpr std::string_view kOwnTable = "migrations";

struct Count {
  std::int64_t rows;
};

struct Table {
  std::string name;
  std::vector<Column> columns;  // with the types that they have in PostgreSQL
  std::int64_t rows = 0;
};

// Rows on their way; their texts are copied, since a row's values live only until the next.
class Batch {
 public:
  explicit Batch(const Table& table) : table_(table) {
    for (const auto& column : table.columns) names_.push_back(column.name);
  }
  void add(std::span<const Value> row) {
    for (const auto& value : row) values_.push_back(kept(value));
  }
  bool is_full() const { return values_.size() >= kMaxBatchValues || bytes_ >= kMaxBatchBytes; }
  Result<void> send(Tx& tx) {
    const auto sent = tx.insert_many(table_.name, names_, values_);
    values_.clear();
    texts_.clear();
    bytes_ = 0;
    if (!sent) return within(fmt::format("table '{}'", table_.name), sent.error());
    return {};
  }

 private:
  Value kept(const Value& value) {
    const auto keep = [&](std::string_view text) -> std::string_view {
      bytes_ += text.size();
      return texts_.emplace_back(text);
    };
    if (const auto* text = std::get_if<std::string_view>(&value)) return keep(*text);
    if (const auto* bytes = std::get_if<Bytes>(&value)) return Bytes{keep(bytes->view)};
    return value;
  }

  const Table& table_;
  std::vector<std::string_view> names_;
  std::vector<Value> values_;
  std::deque<std::string> texts_;
  std::size_t bytes_ = 0;
};

// One copy, inside a transaction of each database.
class Copy {
 public:
  Copy(Tx& from, Tx& to, const CopyWatcher& watcher) : from_(from), to_(to), watcher_(watcher) {}

  Result<Copied> run(const std::function<Result<void>(Db&)>& make_schema) {
    auto there = TRY(tables_of(to_, Dialect::postgres));
    if (!there.empty()) return compare_with(there);
    Within inside(to_, Dialect::postgres);
    TRY(make_schema(inside));
    TRY(find_tables());
    for (auto table = tables_.rbegin(); table != tables_.rend(); ++table) TRY(to_.exec("DELETE FROM " + table->name));  // what migrations put there
    Copied copied;
    for (const auto& table : tables_) copied.tables.push_back(TRY(copy(table)));
    done_ = 0;
    for (std::size_t i = 0; i < tables_.size(); ++i) TRY(verify(tables_[i], copied.tables[i]));
    for (const auto& table : tables_) TRY(to_.exec("ANALYZE " + table.name));
    return copied;
  }

 private:
  // An end that nobody was told of, or a database that is in use.
  Result<Copied> compare_with(std::vector<std::string>& there) {
    const auto not_empty = fail(Code::conflict, fmt::format("the database to move into is not empty: it has a table '{}'", there.front()), {},
                                "name a new one, made with CREATE DATABASE");
    auto ours = TRY(tables_of(from_, Dialect::sqlite));
    std::ranges::sort(ours);
    std::ranges::sort(there);
    if (ours != there) return not_empty;
    TRY(find_tables());
    for (const auto& table : tables_) {
      if (TRY(count(to_, table.name)) != table.rows) return not_empty;
    }
    Copied copied{.tables = {}, .was_there = true};
    for (const auto& table : tables_) {
      copied.tables.push_back(TRY(digest(from_, Dialect::sqlite, table)));
      if (TRY(digest(to_, Dialect::postgres, table)).sha256 != copied.tables.back().sha256) return not_empty;
    }
    return copied;
  }

  Result<void> find_tables() {
    for (const auto& name : TRY(tables_of(from_, Dialect::sqlite))) {
      if (name == kOwnTable) continue;
      Table table{name, TRY(columns_of(to_, Dialect::postgres, name)), TRY(count(from_, name))};
      const auto ours = TRY(columns_of(from_, Dialect::sqlite, name));
      if (!std::ranges::equal(ours, table.columns, {}, &Column::name, &Column::name))
        return fail(Code::internal, fmt::format("the table '{}' has other columns in PostgreSQL than in SQLite", name));
      total_ += table.rows;
      tables_.push_back(std::move(table));
    }
    return {};
  }

  static Result<std::int64_t> count(Tx& tx, std::string_view table) {
    return TRY(tx.select<Count>(fmt::format("SELECT COUNT(*) FROM {}", table))).front().rows;
  }

  Result<CopiedTable> copy(const Table& table) {
    Batch batch(table);
    TableDigest digest;
    Result<void> sent;  // after a failure the rest of the rows is passed over
    std::vector<Value> converted(table.columns.size());
    TRY(each_row(from_, Dialect::sqlite, table.name, table.columns, [&](std::span<const Value> row) {
      if (!sent) return;
      for (std::size_t i = 0; i < row.size(); ++i) converted[i] = in_type(row[i], table.columns[i].type);
      digest.add(converted);
      batch.add(converted);
      tell(CopyProgress::Stage::copying, table);
      if (batch.is_full()) sent = batch.send(to_);
    }));
    if (sent) sent = batch.send(to_);
    TRY(sent);
    return CopiedTable{table.name, digest.rows(), digest.hex()};
  }

  Result<void> verify(const Table& table, const CopiedTable& copied) {
    const auto found = TRY(digest(to_, Dialect::postgres, table));
    if (found.rows == copied.rows && found.sha256 == copied.sha256) return {};
    return fail(Code::internal,
                fmt::format("the table '{}' came out otherwise in PostgreSQL: {} rows of {}, or other content", table.name, found.rows, copied.rows), {},
                "nothing was moved; look for values that PostgreSQL changes");
  }

  Result<CopiedTable> digest(Tx& tx, Dialect dialect, const Table& table) {
    TableDigest digest;
    std::vector<Value> converted(table.columns.size());
    TRY(each_row(tx, dialect, table.name, table.columns, [&](std::span<const Value> row) {
      for (std::size_t i = 0; i < row.size(); ++i) converted[i] = in_type(row[i], table.columns[i].type);
      digest.add(converted);
      tell(CopyProgress::Stage::verifying, table);
    }));
    return CopiedTable{table.name, digest.rows(), digest.hex()};
  }

  void tell(CopyProgress::Stage stage, const Table& table) {
    if (++done_ % kTellEachRows == 0) watcher_({stage, table.name, std::min(done_, total_), total_});
  }

  Tx& from_;
  Tx& to_;
  const CopyWatcher& watcher_;
  std::vector<Table> tables_;
  std::int64_t total_ = 0, done_ = 0;
};

}  // namespace

Result<Copied> copy_all(Db& from, Db& to, const std::function<Result<void>(Db& in)>& make_schema, const CopyWatcher& watcher) {
  if (from.dialect() != Dialect::sqlite || to.dialect() != Dialect::postgres)
    return fail(Code::invalid, "a database is moved from SQLite to PostgreSQL, not otherwise");
  return from.read([&](Tx& source) { return to.write([&](Tx& target) { return Copy(source, target, watcher).run(make_schema); }); });
}

}  // namespace gyre::sql

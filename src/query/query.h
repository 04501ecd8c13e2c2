// SQL over files: DuckDB behind its border. The library is opened on first use.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/json.h"
#include "base/result.h"

namespace gyre::query {

enum class Type { boolean, integer, real, text, timestamp, other };

struct Column {
  std::string name;
  Type type = Type::other;
  std::string sql_type;  // DuckDB's own name: "BIGINT", "VARCHAR", "TIMESTAMP", ...
};

// One block of a result, by column. Timestamps are microseconds since 1970 in `integers`. Not every vector is filled: that
// of the column's type is (boolean and integer and timestamp: integers; real: reals; text and other: texts).
struct ColumnData {
  std::vector<std::int64_t> integers;
  std::vector<double> reals;
  std::vector<std::string> texts;
  std::vector<bool> nulls;  // as long as the block
};

struct Block {
  std::size_t rows = 0;
  std::vector<ColumnData> columns;
};

struct Options {
  std::int64_t memory_bytes = 1LL << 30;
  int threads = 2;
  std::filesystem::path library;  // libduckdb.so; empty: lib/ beside the binary, then the loader's path
  std::filesystem::path scratch;  // for spilling; empty: none
};

struct Call {
  std::function<bool()> cancelled;               // asked every ~50 ms; true ends the query with `cancelled`
  std::function<void(double percent)> progress;  // 0..100 where DuckDB knows, called every ~50 ms
};

// Thread-safe; each call has its own connection.
class Engine {
 public:
  virtual ~Engine() = default;
  // Runs one statement; `on_columns` once, then `on_block` for each block of at most 2048 rows. `$1...` are bound from `args`.
  virtual Result<void> run(std::string_view sql, const std::vector<json::Value>& args, const std::function<void(const std::vector<Column>&)>& on_columns,
                           const std::function<Result<void>(const Block&)>& on_block, const Call& call = {}) = 0;

  // Bulk load for writing Parquet: appends blocks to a new temporary table, then copies it out by `COPY ... TO 'path' (FORMAT parquet, ...)`.
  class ParquetWriter {
   public:
    virtual ~ParquetWriter() = default;
    virtual Result<void> append(const Block& block) = 0;
    // Writes the file durably (temporary, fsync, rename). Rows are ordered as appended.
    virtual Result<void> finish() = 0;
  };
  virtual Result<std::unique_ptr<ParquetWriter>> write_parquet(const std::filesystem::path& file, std::vector<Column> columns) = 0;
};

// Opens nothing yet: the library is loaded at the first call.
std::unique_ptr<Engine> open(Options options);

// Conveniences on top.
struct Table {
  std::vector<Column> columns;
  std::vector<std::vector<json::Value>> rows;
};
// At most `limit` rows.
Result<Table> fetch(Engine& engine, std::string_view sql, const std::vector<json::Value>& args = {}, std::size_t limit = 10'000);
Result<void> execute(Engine& engine, std::string_view sql, const std::vector<json::Value>& args = {});

// Schema and row count of a .parquet, .csv or .json file.
struct Shape {
  std::vector<Column> columns;
  std::int64_t rows = 0;
};
Result<Shape> describe(Engine& engine, const std::filesystem::path& file, std::string_view format);

// 'text' quoted for SQL; use only where a parameter cannot stand (file names).
std::string quote(std::string_view text);
std::string quote_name(std::string_view name);

}  // namespace gyre::query

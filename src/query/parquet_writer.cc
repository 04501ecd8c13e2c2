#include "query/parquet_writer.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include "base/file.h"

namespace gyre::query {

namespace fs = std::filesystem;

DuckdbParquetWriter::~DuckdbParquetWriter() {
  if (appender_) api_.duckdb_appender_destroy(&appender_);
}

Result<void> DuckdbParquetWriter::begin() {
  std::string definition;
  for (const auto& column : columns_) definition += fmt::format("{}{} {}", definition.empty() ? "" : ", ", quote_name(column.name), column.sql_type);
  TRY(connection_.execute(fmt::format("CREATE TEMPORARY TABLE rows ({})", definition)));
  if (api_.duckdb_appender_create(connection_.raw(), nullptr, "rows", &appender_) == DuckDBError) return trouble();
  return {};
}

Result<void> DuckdbParquetWriter::append(const Block& block) {
  for (std::size_t row = 0; row < block.rows; ++row) {
    for (std::size_t i = 0; i < columns_.size(); ++i) append_value(columns_[i].type, block.columns[i], row);
    if (api_.duckdb_appender_end_row(appender_) == DuckDBError) return trouble();
  }
  return {};
}

Result<void> DuckdbParquetWriter::finish() {
  const auto state = api_.duckdb_appender_destroy(&appender_);
  appender_ = nullptr;
  if (state == DuckDBError) return fail(Code::internal, "rows could not be written for Parquet");
  const fs::path temporary = file_.string() + ".tmp";
  auto written = connection_.execute(fmt::format("COPY rows TO {} (FORMAT parquet, COMPRESSION zstd)", quote(temporary.string())));
  if (!written) return fail(Code::unavailable, fmt::format("cannot write '{}'", file_.string()), written.error().message);
  const Fd fd(::open(temporary.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd || ::fsync(fd.get()) != 0) return fail_errno("sync", temporary);
  if (::rename(temporary.c_str(), file_.c_str()) != 0) return fail_errno("rename", temporary);
  return sync_folder(file_.parent_path());
}

void DuckdbParquetWriter::append_value(Type type, const ColumnData& data, std::size_t row) {
  if (!data.nulls.empty() && data.nulls[row]) {
    api_.duckdb_append_null(appender_);
    return;
  }
  switch (type) {
    case Type::boolean:
      api_.duckdb_append_bool(appender_, data.integers[row] != 0);
      break;
    case Type::integer:
      api_.duckdb_append_int64(appender_, data.integers[row]);
      break;
    case Type::real:
      api_.duckdb_append_double(appender_, data.reals[row]);
      break;
    case Type::timestamp:
      api_.duckdb_append_timestamp(appender_, {data.integers[row]});
      break;
    case Type::text:
    case Type::other:
      api_.duckdb_append_varchar_length(appender_, data.texts[row].data(), data.texts[row].size());
  }
}

std::unexpected<Error> DuckdbParquetWriter::trouble() {
  const char* why = api_.duckdb_appender_error(appender_);
  return fail(Code::internal, "rows could not be written for Parquet", why ? why : "");
}

}  // namespace gyre::query

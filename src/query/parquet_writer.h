// Rows into a Parquet file, through a temporary table. Inside query/ only.
#pragma once

#include "query/connection.h"

namespace gyre::query {

class DuckdbParquetWriter final : public Engine::ParquetWriter {
 public:
  DuckdbParquetWriter(const DuckdbApi& api, duckdb_database database, std::filesystem::path file, std::vector<Column> columns)
      : api_(api), connection_(api, database), file_(std::move(file)), columns_(std::move(columns)) {}
  ~DuckdbParquetWriter() override;

  // Before the first append().
  Result<void> begin();
  Result<void> append(const Block& block) override;
  Result<void> finish() override;

 private:
  void append_value(Type type, const ColumnData& data, std::size_t row);
  std::unexpected<Error> trouble();

  const DuckdbApi& api_;
  Connection connection_;
  const std::filesystem::path file_;
  const std::vector<Column> columns_;
  duckdb_appender appender_ = nullptr;
};

}  // namespace gyre::query

// From DuckDB's vectors to the house's columns. Inside query/ only.
#pragma once

#include "query/duckdb_api.h"
#include "query/query.h"

namespace gyre::query {

Type type_of(duckdb_type type);
// DuckDB's own name of it: "BIGINT"; "OTHER" where there is none here.
std::string_view sql_type_of(duckdb_type type);

// Copies the vectors of one column of a result, chunk by chunk. Used by one thread.
class VectorReader {
 public:
  VectorReader(const DuckdbApi& api, duckdb_result& result, idx_t column)
      : api_(api), type_(api.duckdb_column_type(&result, column)), logical_(api.duckdb_column_logical_type(&result, column)) {}
  ~VectorReader() { api_.duckdb_destroy_logical_type(&logical_); }
  VectorReader(const VectorReader&) = delete;

  void read(duckdb_vector vector, std::size_t rows, ColumnData& out) const;

 private:
  void read_values(duckdb_vector vector, std::size_t rows, ColumnData& out) const;
  void copy_decimal(const void* data, std::size_t rows, std::vector<double>& out) const;
  void copy_words(const void* data, std::size_t rows, ColumnData& out) const;

  const DuckdbApi& api_;
  const duckdb_type type_;
  duckdb_logical_type logical_;
};

}  // namespace gyre::query

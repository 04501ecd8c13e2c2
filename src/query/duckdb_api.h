// The functions of DuckDB's C API that are used, found in the library at run time.
#pragma once

#include <duckdb.h>

#include <filesystem>

#include "base/result.h"

namespace gyre::query {

// clang-format off: a table, which is laid out as deep nesting otherwise.
#define GYRE_DUCKDB_FUNCTIONS(X)                                                                                              \
  X(duckdb_create_config) X(duckdb_set_config) X(duckdb_destroy_config) X(duckdb_open_ext) X(duckdb_close) X(duckdb_connect)  \
  X(duckdb_disconnect) X(duckdb_interrupt) X(duckdb_query_progress) X(duckdb_free) X(duckdb_prepare) X(duckdb_prepare_error)  \
  X(duckdb_destroy_prepare) X(duckdb_nparams) X(duckdb_bind_null) X(duckdb_bind_boolean) X(duckdb_bind_int64)                 \
  X(duckdb_bind_double) X(duckdb_bind_varchar_length) X(duckdb_execute_prepared) X(duckdb_result_error) X(duckdb_destroy_result) \
  X(duckdb_column_count) X(duckdb_column_name) X(duckdb_column_type) X(duckdb_column_logical_type) X(duckdb_destroy_logical_type) \
  X(duckdb_fetch_chunk) X(duckdb_destroy_data_chunk) X(duckdb_data_chunk_get_size) X(duckdb_data_chunk_get_vector)            \
  X(duckdb_vector_get_data) X(duckdb_vector_get_validity) X(duckdb_decimal_scale) X(duckdb_decimal_internal_type)             \
  X(duckdb_enum_internal_type) X(duckdb_enum_dictionary_value) X(duckdb_query)                                                \
  X(duckdb_appender_create) X(duckdb_appender_destroy) X(duckdb_appender_error) X(duckdb_append_null) X(duckdb_append_bool)   \
  X(duckdb_append_int64) X(duckdb_append_double) X(duckdb_append_varchar_length) X(duckdb_append_timestamp)                   \
  X(duckdb_appender_end_row)
// clang-format on

struct DuckdbApi {
#define GYRE_MEMBER(name) decltype(&::name) name = nullptr;
  GYRE_DUCKDB_FUNCTIONS(GYRE_MEMBER)
#undef GYRE_MEMBER
};

// Loads the library once; `unavailable` says where it was looked for.
Result<const DuckdbApi*> load_duckdb(const std::filesystem::path& library);

}  // namespace gyre::query

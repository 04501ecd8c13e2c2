// Sources that are tables: CSV files, and the Parquet files of Neptune's exporter. Read by DuckDB.
#pragma once

#include "exchange/source.h"
#include "query/query.h"

namespace gyre::exchange {

// A file with a header. `run` (or run_id, run_name), `step` and `time` (or timestamp) are what they say where they are there. With `metric` and `value` a row
// is a point; else each column of numbers is a metric, and each column of texts a parameter whose first value counts.
Result<std::unique_ptr<Source>> open_csv(const std::filesystem::path& file, const SourceOptions& options);

// A folder of parts in the shape of neptune-exporter: a row an attribute, or a point of one.
Result<std::unique_ptr<Source>> open_neptune(const std::filesystem::path& folder, const SourceOptions& options);
bool is_neptune(const std::filesystem::path& folder);

// Row by row, each value as JSON has it; columns once before.
using OnColumns = std::function<void(const std::vector<query::Column>& columns)>;
using OnTableRow = std::function<Result<void>(const std::vector<json::Value>& row)>;
Result<void> each_row(query::Engine& engine, std::string_view sql, const OnColumns& on_columns, const OnTableRow& on_row);

// An id for what has none: the same name is always the same run.
std::string run_id_of(std::string_view kind, std::string_view name);

}  // namespace gyre::exchange

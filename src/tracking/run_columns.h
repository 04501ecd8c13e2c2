// Columns of runs, compiled to SQL. Inside tracking/ only.
#pragma once

#include "tracking/filter_values.h"
#include "tracking/run_pages.h"
#include "tracking/run_query.h"

namespace gyre::tracking {

struct RunColumn {
  ColumnKind kind = ColumnKind::number;
  std::string statistic;  // "min", "max", "count" of a metric's points: read behind the page; empty: read with it
  std::string metric;     // of the statistic
  std::size_t place = 0;  // of its value among the statement's columns; behind it stands whether a metric is there that is no number
};

// Adds to the statement what the columns read. `what` names one in errors: "column", "group", "figure".
Result<std::vector<RunColumn>> add_columns(Statement& statement, const std::vector<std::string>& texts, std::string_view what, const FilterContext& context);
// As numbers: a parameter's text too.
Result<std::vector<RunColumn>> add_figures(Statement& statement, const std::vector<std::string>& texts, const FilterContext& context);

// Whether the text is a column, for who writes it.
Parsed<void> check_column(const std::string& text, const FilterContext& context);

// From the statement's columns of one row.
Cell cell_of(const RunColumn& column, std::span<const OwnedValue> values);

}  // namespace gyre::tracking

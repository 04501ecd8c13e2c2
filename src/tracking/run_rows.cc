#include "tracking/run_rows.h"

#include <fmt/format.h>

#include <limits>
#include <unordered_map>

#include "tracking/rules.h"

namespace gyre::tracking {

namespace {

constexpr std::size_t kRunsARead = 64;  // of one statement: so many ids are bound

using ById = std::unordered_map<std::string_view, Run*>;

// "run_id IN ($1, ...)"; a list that is shorter is filled up with its last, so that two statements serve all sizes.
std::string places(std::size_t count) {
  std::string text;
  for (std::size_t i = 1; i <= count; ++i) text += fmt::format("{}${}", i > 1 ? ", " : "", i);
  return text;
}

// Runs `SELECT run_id, COLUMNS FROM TABLE` for the runs and hands over each row with its run.
template <class OnRow>
Result<void> for_each_row(sql::Tx& tx, std::span<const sql::Value> ids, ById& runs, std::string_view columns, std::string_view table, std::string_view order,
                          OnRow on_row) {
  const auto text = fmt::format("SELECT run_id, {} FROM {} WHERE run_id IN ({}) ORDER BY {}", columns, table, places(ids.size()), order);
  return tx.run_with(text, ids, [&](std::span<const sql::Value> row) { on_row(*runs.at(std::get<std::string_view>(row[0])), row.subspan(1)); });
}

struct MetricRow {
  std::string key;
  std::optional<double> value;
  std::int64_t at_ms, step;
  double fraction;
  std::int64_t id;
};

Metric latest_of(MetricRow row, const OwedBySeries& owed) {
  Point latest{row.step, row.at_ms, row.value.value_or(std::numeric_limits<double>::quiet_NaN()), row.fraction};
  if (const auto at = owed.find(row.id); at != owed.end() && step_less(latest, at->second.latest)) latest = at->second.latest;
  return {std::move(row.key), latest.value, latest.at_ms, latest.step, latest.fraction};
}

Result<void> add_data(sql::Tx& tx, std::span<Run> runs, const OwedBySeries& owed) {
  ById by_id;
  std::vector<sql::Value> ids;
  for (auto& run : runs) by_id[run.info.id] = &run;
  for (std::size_t i = 0; i < (runs.size() == 1 ? 1 : kRunsARead); ++i) ids.push_back(sql::to_value(runs[std::min(i, runs.size() - 1)].info.id));
  TRY(for_each_row(tx, ids, by_id, "key, latest_value, latest_at_ms, latest_step, latest_fraction, id", "metric_series", "run_id, key",
                   [&](Run& run, std::span<const sql::Value> row) { run.metrics.push_back(latest_of(sql::to_record<MetricRow>(row), owed)); }));
  TRY(for_each_row(tx, ids, by_id, "key, value", "run_params", "run_id, key",
                   [](Run& run, std::span<const sql::Value> row) { run.params.push_back(sql::to_record<Param>(row)); }));
  TRY(for_each_row(tx, ids, by_id, "key, value", "run_tags", "run_id, key",
                   [](Run& run, std::span<const sql::Value> row) { run.tags.push_back(sql::to_record<Tag>(row)); }));
  Result<void> decoded;
  TRY(for_each_row(tx, ids, by_id, "body", "run_datasets", "run_id, name, digest", [&](Run& run, std::span<const sql::Value> row) {
    auto dataset = read_dataset(std::get<std::string_view>(row[0]));
    if (dataset) run.datasets.push_back(std::move(*dataset));
    if (!dataset && decoded) decoded = std::unexpected(dataset.error());
  }));
  TRY(decoded);
  TRY(for_each_row(tx, ids, by_id, "model_id", "run_model_inputs", "run_id, model_id",
                   [](Run& run, std::span<const sql::Value> row) { run.model_inputs.emplace_back(std::get<std::string_view>(row[0])); }));
  return for_each_row(tx, ids, by_id, "model_id, step", "run_outputs", "run_id, model_id",
                      [](Run& run, std::span<const sql::Value> row) { run.outputs.push_back(sql::to_record<ModelOutput>(row)); });
}

}  // namespace

Result<std::vector<Run>> with_data(sql::Tx& tx, const std::vector<RunRow>& rows, const OwedBySeries& owed) {
  std::vector<Run> runs;
  for (const auto& row : rows) runs.push_back({.info = row.info(), .metrics = {}, .params = {}, .tags = {}, .datasets = {}, .outputs = {}});
  for (std::span<Run> rest = runs; !rest.empty();) {
    const auto block = rest.first(std::min(kRunsARead, rest.size()));
    TRY(add_data(tx, block, owed));
    rest = rest.subspan(block.size());
  }
  return runs;
}

}  // namespace gyre::tracking

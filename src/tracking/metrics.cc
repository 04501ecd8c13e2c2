// Points come in: one row of the tail a batch, and the latest of each series beside it.
#include "tracking/metrics.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <map>

namespace gyre::tracking {
namespace {

constexpr std::size_t kColumns = 7;
constexpr std::size_t kMaxRows = 128;  // of one statement
static_assert(std::has_single_bit(kMaxRows));

// Puts `rows` series in, or adds to them. MLflow's rule for the latest: the largest (step, time, value); NULL is NaN, below all numbers.
std::string upsert_text(std::size_t rows) {
  constexpr auto kLater =
      "(excluded.latest_step, excluded.latest_at_ms, COALESCE(excluded.latest_value, -1.7976931348623157e308)) >= "
      "(metric_series.latest_step, metric_series.latest_at_ms, COALESCE(metric_series.latest_value, -1.7976931348623157e308))";
  std::string text = "INSERT INTO metric_series (id, run_id, key, points, latest_step, latest_at_ms, latest_value) VALUES ";
  for (std::size_t place = 0; place < rows * kColumns; ++place)
    text += fmt::format("{}${}{}", place % kColumns ? ", " : place ? ", (" : "(", place + 1, place % kColumns == kColumns - 1 ? ")" : "");
  text += " ON CONFLICT (run_id, key) DO UPDATE SET points = metric_series.points + excluded.points";
  for (const auto column : {"latest_step", "latest_at_ms", "latest_value"})
    text += fmt::format(", {0} = CASE WHEN {1} THEN excluded.{0} ELSE metric_series.{0} END", column, kLater);
  return text + " RETURNING id, key";
}

// For 1, 2, 4 ... kMaxRows rows.
const std::vector<std::string>& upsert_texts() {
  static const auto kTexts = [] {
    std::vector<std::string> texts;
    for (std::size_t rows = 1; rows <= kMaxRows; rows *= 2) texts.push_back(upsert_text(rows));
    return texts;
  }();
  return kTexts;
}

// The databases keep no NaN: NULL stands for it.
sql::Value stored(double value) { return std::isnan(value) ? sql::Value{} : sql::to_value(value); }

}  // namespace

Result<TailPoints> put_series(sql::Tx& tx, std::string_view run_id, std::span<const Metric> metrics, std::int64_t first_id) {
  std::map<std::string_view, Points> by_key;
  for (const auto& metric : metrics) by_key[metric.key].push_back({metric.step, metric.at_ms, metric.value});
  std::vector<sql::Value> rows;
  rows.reserve(by_key.size() * kColumns);
  for (const auto& [key, points] : by_key) {
    const auto& latest = *std::ranges::max_element(points, step_less);
    rows.insert(rows.end(), {sql::to_value(first_id++), sql::to_value(run_id), sql::to_value(key), sql::to_value(static_cast<std::int64_t>(points.size())),
                             sql::to_value(latest.step), sql::to_value(latest.at_ms), stored(latest.value)});
  }
  TailPoints by_series;
  // Statements of few different lengths, so that the cache of prepared ones serves them again.
  for (std::span<const sql::Value> rest = rows; !rest.empty();) {
    const auto count = std::min(kMaxRows, std::bit_floor(rest.size() / kColumns));
    TRY(tx.run_with(upsert_texts()[static_cast<std::size_t>(std::countr_zero(count))], rest.first(count * kColumns), [&](std::span<const sql::Value> row) {
      by_series[std::get<std::int64_t>(row[0])] = std::move(by_key.at(std::get<std::string_view>(row[1])));
    }));
    rest = rest.subspan(count * kColumns);
  }
  return by_series;
}

Result<std::int64_t> append_metrics(sql::Tx& tx, std::string_view run_id, std::span<const Metric> metrics, std::int64_t first_id) {
  if (metrics.empty()) return 0;
  const auto points = TRY(put_series(tx, run_id, metrics, first_id + 1));
  TRY(append_tail(tx, run_id, first_id, points));
  return static_cast<std::int64_t>(points.size());
}

}  // namespace gyre::tracking

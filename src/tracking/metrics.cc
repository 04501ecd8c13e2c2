// Points are appended to a tail in the order of arrival; the latest of each series is kept beside it.
#include <fmt/format.h>

#include <cmath>
#include <map>
#include <tuple>

#include "tracking/rules.h"
#include "tracking/tracking.h"

namespace gyre::tracking {
namespace {

struct Series {
  std::int64_t id = 0, points = 0, step = INT64_MIN, at_ms = INT64_MIN;
  std::optional<double> value;
};

struct Point {
  std::optional<double> value;
  std::int64_t at_ms, step;
};

// The databases keep no NaN: NULL stands for it.
std::optional<double> stored(double value) { return std::isnan(value) ? std::nullopt : std::optional(value); }

// MLflow's rule: the largest (step, time, value).
bool is_later(const Metric& metric, const Series& series) {
  const auto rank = [](std::optional<double> value) { return value.value_or(-HUGE_VAL); };
  return std::tuple(metric.step, metric.at_ms, rank(stored(metric.value))) >= std::tuple(series.step, series.at_ms, rank(series.value));
}

Result<Series> find_series(sql::Tx& tx, std::string_view run_id, std::string_view key) {
  const auto found = TRY(tx.select_one<Series>("SELECT id, points, latest_step, latest_at_ms, latest_value FROM metric_series WHERE run_id = $1 AND key = $2", run_id, key));
  if (found) return *found;
  struct Last {
    std::int64_t id;
  };
  Series fresh;
  fresh.id = TRY(tx.select<Last>("SELECT COALESCE(MAX(id), 0) FROM metric_series")).front().id + 1;
  TRY(tx.exec("INSERT INTO metric_series (id, run_id, key, points, latest_step, latest_at_ms, latest_value) VALUES ($1, $2, $3, 0, 0, 0, NULL)", fresh.id, run_id, key));
  return fresh;
}

}  // namespace

Result<void> append_metrics(sql::Tx& tx, std::string_view run_id, std::span<const Metric> metrics) {
  if (metrics.empty()) return {};
  constexpr std::string_view kColumns[] = {"series_id", "step", "at_ms", "value"};
  std::map<std::string_view, Series> touched;
  std::vector<sql::Value> rows;
  rows.reserve(metrics.size() * std::size(kColumns));
  for (const auto& metric : metrics) {
    auto at = touched.find(metric.key);
    if (at == touched.end()) at = touched.emplace(metric.key, TRY(find_series(tx, run_id, metric.key))).first;
    auto& series = at->second;
    rows.insert(rows.end(), {sql::to_value(series.id), sql::to_value(metric.step), sql::to_value(metric.at_ms), sql::to_value(stored(metric.value))});
    if (series.points == 0 || is_later(metric, series)) series = {series.id, series.points, metric.step, metric.at_ms, stored(metric.value)};
    ++series.points;
  }
  TRY(tx.insert_many("metric_points", kColumns, rows));
  for (const auto& [key, series] : touched) {
    TRY(tx.exec("UPDATE metric_series SET points = $1, latest_step = $2, latest_at_ms = $3, latest_value = $4 WHERE id = $5", series.points, series.step, series.at_ms, series.value,
                series.id));
  }
  return {};
}

Result<Page<Metric>> Service::history(std::string_view run_id, std::string_view key, std::int64_t offset, std::int64_t limit) {
  return db_.read([&](sql::Tx& tx) -> Result<Page<Metric>> {
    struct Found {
      std::int64_t id;
    };
    if (!TRY(tx.select_one<Found>("SELECT 1 FROM runs WHERE id = $1", run_id))) return fail(Code::not_found, fmt::format("Run with id={} not found", run_id));
    Page<Metric> page;
    const auto series = TRY(tx.select_one<Found>("SELECT id FROM metric_series WHERE run_id = $1 AND key = $2", run_id, key));
    if (!series) return page;
    const auto points = TRY(tx.select<Point>("SELECT DISTINCT value, at_ms, step FROM metric_points WHERE series_id = $1 ORDER BY step, at_ms, value LIMIT $2 OFFSET $3", series->id,
                                             limit + 1, offset));
    for (const auto& point : points) {
      if (static_cast<std::int64_t>(page.rows.size()) == limit) {
        page.next_offset = offset + limit;
        break;
      }
      page.rows.push_back({std::string(key), point.value.value_or(std::numeric_limits<double>::quiet_NaN()), point.at_ms, point.step});
    }
    return page;
  });
}

}  // namespace gyre::tracking

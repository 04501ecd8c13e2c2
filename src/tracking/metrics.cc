// Points come in: one row of the tail a batch, and the latest of each series beside it, or owed.
#include "tracking/metrics.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <numeric>
#include <unordered_map>

namespace gyre::tracking {
namespace {

constexpr std::size_t kColumns = 8;
constexpr std::size_t kMaxRows = 128;  // of one statement
static_assert(std::has_single_bit(kMaxRows));

// Puts `rows` series in, or adds to them. MLflow's rule for the latest: the largest (step, time, value); NULL is NaN, below all numbers.
std::string upsert_text(std::size_t rows) {
  constexpr auto kLater =
      "(excluded.latest_step, excluded.latest_fraction, excluded.latest_at_ms, COALESCE(excluded.latest_value, -1.7976931348623157e308)) >= "
      "(metric_series.latest_step, metric_series.latest_fraction, metric_series.latest_at_ms, COALESCE(metric_series.latest_value, -1.7976931348623157e308))";
  std::string text = "INSERT INTO metric_series (id, run_id, key, points, latest_step, latest_fraction, latest_at_ms, latest_value) VALUES ";
  for (std::size_t place = 0; place < rows * kColumns; ++place)
    text += fmt::format("{}${}{}", place % kColumns ? ", " : place ? ", (" : "(", place + 1, place % kColumns == kColumns - 1 ? ")" : "");
  text += " ON CONFLICT (run_id, key) DO UPDATE SET points = metric_series.points + excluded.points";
  for (const auto column : {"latest_step", "latest_fraction", "latest_at_ms", "latest_value"})
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

// What a batch adds to one series.
struct Addition {
  std::int64_t points = 0;
  Point latest;
};

std::vector<Addition> additions_of(const Grouped& points) {
  std::vector<Addition> additions(points.keys.size());
  for (const auto& [place, point] : points.entries) {
    auto& sum = additions[static_cast<std::size_t>(place)];
    if (sum.points++ == 0 || step_less(sum.latest, point)) sum.latest = point;
  }
  return additions;
}

// In the order of their keys, so that two who write the same do not wait for each other.
std::vector<std::size_t> by_key(const std::vector<std::string_view>& keys) {
  std::vector<std::size_t> places(keys.size());
  std::iota(places.begin(), places.end(), std::size_t{0});
  std::ranges::sort(places, {}, [&](std::size_t place) { return keys[place]; });
  return places;
}

// Makes or updates the series.
Result<SeriesIds> put_series(sql::Tx& tx, std::string_view run_id, const Grouped& points, std::int64_t first_id) {
  const auto additions = additions_of(points);
  std::vector<sql::Value> rows;
  rows.reserve(points.keys.size() * kColumns);
  for (const auto place : by_key(points.keys)) {
    const auto& [count, latest] = additions[place];
    rows.insert(rows.end(), {sql::to_value(first_id++), sql::to_value(run_id), sql::to_value(points.keys[place]), sql::to_value(count),
                             sql::to_value(latest.step), sql::to_value(latest.fraction), sql::to_value(latest.at_ms), stored(latest.value)});
  }
  SeriesIds ids;
  // Statements of few different lengths, so that the cache of prepared ones serves them again.
  for (std::span<const sql::Value> rest = rows; !rest.empty();) {
    const auto count = std::min(kMaxRows, std::bit_floor(rest.size() / kColumns));
    TRY(tx.run_with(upsert_texts()[static_cast<std::size_t>(std::countr_zero(count))], rest.first(count * kColumns),
                    [&](std::span<const sql::Value> row) { ids.emplace(std::get<std::string_view>(row[1]), std::get<std::int64_t>(row[0])); }));
    rest = rest.subspan(count * kColumns);
  }
  return ids;
}

// Nothing where one of them is not known.
std::optional<std::vector<TailEntry>> numbered(const Grouped& points, const SeriesIds& ids) {
  std::vector<std::int64_t> numbers;
  for (const auto key : points.keys) {
    const auto at = ids.find(key);
    if (at == ids.end()) return std::nullopt;
    numbers.push_back(at->second);
  }
  auto entries = points.entries;
  for (auto& entry : entries) entry.series = numbers[static_cast<std::size_t>(entry.series)];
  return entries;
}

}  // namespace

Grouped group(std::span<const Metric> metrics) {
  Grouped points;
  points.entries.reserve(metrics.size());
  std::unordered_map<std::string_view, std::int64_t> places;
  std::int64_t place = 0;
  for (const auto& metric : metrics) {
    if (points.keys.empty() || points.keys[static_cast<std::size_t>(place)] != metric.key) {
      const auto [at, fresh] = places.emplace(metric.key, static_cast<std::int64_t>(points.keys.size()));
      if (fresh) points.keys.push_back(metric.key);
      place = at->second;
    }
    points.entries.push_back({place, {metric.step, metric.at_ms, metric.value, metric.fraction}});
  }
  return points;
}

std::optional<std::string> pack_known(const Grouped& points, const SeriesIds& known) {
  if (points.keys.size() <= kMaxPaidAtOnce) return std::nullopt;
  auto entries = numbered(points, known);
  if (!entries) return std::nullopt;
  return pack_tail(std::move(*entries));
}

Result<SeriesIds> append_metrics(sql::Tx& tx, std::string_view run_id, const Grouped& points, std::int64_t first_id) {
  auto ids = TRY(put_series(tx, run_id, points, first_id + 1));
  auto entries = numbered(points, ids);
  if (!entries) return fail(Code::internal, "the database gave no number for a metric");
  TRY(append_tail(tx, run_id, first_id, static_cast<std::int64_t>(entries->size()), pack_tail(std::move(*entries))));
  return ids;
}

}  // namespace gyre::tracking

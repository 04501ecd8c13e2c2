// Curves for people: every point counts, few are sent.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "tracking/tracking.h"

namespace gyre::tracking {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

struct SeriesRow {
  std::int64_t id;
  std::string key;
  std::int64_t points;
};

struct SummaryRow {
  std::string key;
  std::int64_t points;
  std::optional<double> last;
  std::int64_t last_step;
  std::optional<double> min, max;
};

struct CountsRow {
  std::int64_t experiment, runs, running, last;
};

struct Start {
  std::int64_t start_ms;
};

struct Extent {
  std::optional<std::int64_t> first, last;
  std::int64_t distinct;
};

struct X {
  std::int64_t x;
};

struct PointRow {
  std::int64_t series, x, at_ms;
  std::optional<double> value;
};

Result<std::vector<SeriesRow>> chosen_series(sql::Tx& tx, const CurveQuery& query) {
  auto all = TRY(tx.select<SeriesRow>("SELECT id, key, points FROM metric_series WHERE run_id = $1 ORDER BY key", query.run_id));
  if (!query.keys.empty()) std::erase_if(all, [&](const SeriesRow& row) { return std::ranges::find(query.keys, row.key) == query.keys.end(); });
  if (all.size() > kMaxCurves) all.resize(kMaxCurves);
  return all;
}

// Which points are asked for. Bounds are whole numbers, since all three axes are.
struct Selection {
  std::string condition, axis;
  std::int64_t origin = 0, from = INT64_MIN, to = INT64_MAX;  // in stored units
};

std::int64_t bounded(double value) { return static_cast<std::int64_t>(std::clamp(value, -9e18, 9e18)); }

Selection select_points(const CurveQuery& query, const std::vector<SeriesRow>& series, TimeMs start_ms) {
  Selection chosen;
  chosen.axis = query.axis == Axis::step ? "step" : "at_ms";
  chosen.origin = query.axis == Axis::relative ? start_ms : 0;
  if (query.from) chosen.from = bounded(std::ceil(*query.from) + static_cast<double>(chosen.origin));
  if (query.to) chosen.to = bounded(std::floor(*query.to) + static_cast<double>(chosen.origin));
  std::string ids;
  for (const auto& row : series) ids += fmt::format("{}{}", ids.empty() ? "" : ", ", row.id);
  chosen.condition = fmt::format("series_id IN ({}) AND {} >= $1 AND {} <= $2", ids, chosen.axis, chosen.axis);
  return chosen;
}

// From an x to its place on the grid.
class Grid {
 public:
  Grid(std::vector<std::int64_t> exact) : exact_(std::move(exact)) {}
  Grid(std::int64_t first, std::int64_t last, std::size_t buckets)
      : first_(static_cast<double>(first)), width_((static_cast<double>(last) - static_cast<double>(first)) / static_cast<double>(buckets)), buckets_(buckets) {}

  std::size_t place(std::int64_t x) const {
    if (buckets_ == 0) return static_cast<std::size_t>(std::ranges::lower_bound(exact_, x) - exact_.begin());
    return std::min(buckets_ - 1, static_cast<std::size_t>((static_cast<double>(x) - first_) / width_));
  }
  std::vector<double> middles(std::int64_t origin) const {
    std::vector<double> x;
    for (const auto exact : exact_) x.push_back(static_cast<double>(exact - origin));
    for (std::size_t i = 0; i < buckets_; ++i) x.push_back(first_ - static_cast<double>(origin) + width_ * (static_cast<double>(i) + 0.5));
    return x;
  }
  bool exact() const { return buckets_ == 0; }

 private:
  std::vector<std::int64_t> exact_;
  double first_ = 0, width_ = 1;
  std::size_t buckets_ = 0;
};

Result<Grid> lay_grid(sql::Tx& tx, const Selection& chosen, std::size_t buckets) {
  const auto extent = TRY(tx.select<Extent>(fmt::format("SELECT MIN({0}), MAX({0}), COUNT(DISTINCT {0}) FROM metric_points WHERE {1}", chosen.axis, chosen.condition), chosen.from, chosen.to)).front();
  if (extent.distinct > static_cast<std::int64_t>(buckets)) return Grid(*extent.first, *extent.last, buckets);
  std::vector<std::int64_t> exact;
  for (const auto& row : TRY(tx.select<X>(fmt::format("SELECT DISTINCT {0} FROM metric_points WHERE {1} ORDER BY {0}", chosen.axis, chosen.condition), chosen.from, chosen.to))) exact.push_back(row.x);
  return Grid(std::move(exact));
}

// Adds points to buckets in any order.
struct Filling {
  Curves::Curve curve;
  std::vector<std::pair<std::int64_t, std::int64_t>> latest;  // (x, time) of each bucket's last

  void add(std::size_t place, const PointRow& point) {
    auto& bucket = curve.buckets[place];
    const double value = point.value.value_or(kNaN);
    if (bucket.count == 0) bucket.min = bucket.max = kNaN;
    if (bucket.count++ == 0 || std::pair(point.x, point.at_ms) >= latest[place]) {
      bucket.last = value;
      latest[place] = {point.x, point.at_ms};
    }
    bucket.min = std::fmin(bucket.min, value);
    bucket.max = std::fmax(bucket.max, value);
  }
};

}  // namespace

Result<std::map<std::string, RunCounts>> Service::run_counts() {
  std::map<std::string, RunCounts> counts;
  const auto rows = TRY(db_.read([](sql::Tx& tx) {
    return tx.select<CountsRow>("SELECT experiment_id, COUNT(*), SUM(CASE WHEN status = 'RUNNING' THEN 1 ELSE 0 END), MAX(start_ms) FROM runs WHERE lifecycle = 'active' GROUP BY experiment_id");
  }));
  for (const auto& row : rows) counts[std::to_string(row.experiment)] = {row.runs, row.running, row.last};
  return counts;
}

Result<std::vector<SeriesSummary>> Service::series(std::string_view run_id) {
  std::vector<SeriesSummary> all;
  const auto rows = TRY(db_.read([&](sql::Tx& tx) {
    return tx.select<SummaryRow>("SELECT s.key, s.points, s.latest_value, s.latest_step, MIN(p.value), MAX(p.value) FROM metric_series s LEFT JOIN metric_points p ON p.series_id = s.id "
                                 "WHERE s.run_id = $1 GROUP BY s.id, s.key, s.points, s.latest_value, s.latest_step ORDER BY s.key",
                                 run_id);
  }));
  for (const auto& row : rows) all.push_back({row.key, row.points, row.last.value_or(kNaN), row.last_step, row.min.value_or(kNaN), row.max.value_or(kNaN)});
  return all;
}

Result<Curves> Service::curves(const CurveQuery& query) {
  const auto buckets = std::clamp<std::size_t>(query.buckets, 1, kMaxCurveBuckets);
  return db_.read([&](sql::Tx& tx) -> Result<Curves> {
    const auto run = TRY(tx.select_one<Start>("SELECT start_ms FROM runs WHERE id = $1", query.run_id));
    if (!run) return fail(Code::not_found, fmt::format("There is no run '{:.80}'.", query.run_id));
    const auto series = TRY(chosen_series(tx, query));
    Curves curves;
    curves.exact = true;
    if (series.empty()) return curves;
    const auto chosen = select_points(query, series, run->start_ms);
    const auto grid = TRY(lay_grid(tx, chosen, buckets));
    curves.exact = grid.exact();
    curves.x = grid.middles(chosen.origin);
    std::map<std::int64_t, Filling> filling;
    for (const auto& row : series) {
      filling[row.id] = {{row.key, std::vector<Bucket>(curves.x.size())}, std::vector<std::pair<std::int64_t, std::int64_t>>(curves.x.size())};
      curves.points += row.points;
    }
    const sql::Value args[] = {sql::to_value(chosen.from), sql::to_value(chosen.to)};
    TRY(tx.run_with(fmt::format("SELECT series_id, {}, at_ms, value FROM metric_points WHERE {}", chosen.axis, chosen.condition), args, [&](std::span<const sql::Value> row) {
      const auto point = sql::to_record<PointRow>(row);
      filling.at(point.series).add(grid.place(point.x), point);
    }));
    for (const auto& row : series) curves.curves.push_back(std::move(filling.at(row.id).curve));
    return curves;
  });
}

}  // namespace gyre::tracking

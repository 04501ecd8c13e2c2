// Curves for people: every point counts, few are sent.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "tracking/filling.h"
#include "tracking/owed.h"
#include "tracking/tail.h"

namespace gyre::tracking {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

struct SummaryRow {
  std::int64_t id;
  std::string key;
  std::int64_t points;
  std::optional<double> last;
  std::int64_t last_step;
  double last_fraction;
  std::int64_t last_at_ms;
};

struct CountsRow {
  std::int64_t experiment, runs, running, last;
};

struct Start {
  std::int64_t start_ms;
};

// Of the longest series in the window, sorted. Series that are logged together have their chunks' borders together.
std::vector<double> chunk_starts(const std::vector<Series>& all, const Window& window) {
  std::vector<double> longest;
  for (const auto& series : all) {
    std::vector<double> starts;
    for (const auto& chunk : series.chunks) {
      if (window.has_all_of(chunk.summary)) starts.push_back(number_of(window.first_x(chunk.summary)));
    }
    if (starts.size() > longest.size()) longest = std::move(starts);
  }
  std::ranges::sort(longest);
  return longest;
}

Result<Grid> lay_grid(sql::Tx& tx, const std::vector<Series>& all, const Window& window, std::size_t buckets) {
  Extent extent(buckets);
  TRY(measure(tx, all, std::vector(all.size(), window), false, extent));
  return extent.too_many() ? Grid(extent.first, extent.last, buckets, chunk_starts(all, window)) : Grid(extent.distinct());
}

Result<Curves::Curve> draw(sql::Tx& tx, const Series& series, const Window& window, const Grid& grid) {
  Filling filling(window, grid, Filling::Told::shape);
  std::vector<ChunkKey> cut;
  for (const auto& [number, summary] : series.chunks) {
    if (!filling.add(summary)) cut.push_back({series.id, number});
  }
  filling.add(series.tail);
  TRY(read_chunks(tx, cut, [&](std::size_t, const Points& points) -> Result<void> {
    filling.add(points);
    return {};
  }));
  Curves::Curve curve{series.key, {}};
  curve.buckets.reserve(filling.sums().size());
  for (const auto& sum : filling.sums()) curve.buckets.push_back({sum.last.value, sum.min, sum.max, sum.count});
  return curve;
}

// Of all sealed points of each series of a run.
Result<std::map<std::int64_t, Summary>> sealed_summaries(sql::Tx& tx, std::string_view run_id) {
  std::map<std::int64_t, Summary> sums;
  Result<void> unpacked;
  const sql::Value args[] = {sql::to_value(run_id)};
  TRY(tx.run_with("SELECT p.series_id, p.body FROM metric_series AS s JOIN metric_sheets AS p ON p.series_id = s.id WHERE s.run_id = $1", args,
                  [&](std::span<const sql::Value> row) {
                    const auto sheet = unpack_sheet(std::get<sql::Bytes>(row[1]).view);
                    if (!sheet) {
                      unpacked = std::unexpected(sheet.error());
                      return;
                    }
                    for (const auto& chunk : *sheet) sums[std::get<std::int64_t>(row[0])].add(chunk);
                  }));
  TRY(unpacked);
  return sums;
}

}  // namespace

Result<std::map<std::string, RunCounts>> Service::run_counts() {
  std::map<std::string, RunCounts> counts;
  const auto rows = TRY(db_.read([](sql::Tx& tx) {
    return tx.select<CountsRow>(
        "SELECT experiment_id, COUNT(*), SUM(CASE WHEN status = 'RUNNING' THEN 1 ELSE 0 END), MAX(start_ms) FROM runs WHERE lifecycle = 'active' GROUP BY "
        "experiment_id");
  }));
  for (const auto& row : rows) counts[std::to_string(row.experiment)] = {row.runs, row.running, row.last};
  return counts;
}

Result<std::vector<SeriesSummary>> Service::series(std::string_view run_id) {
  return db_.read([&](sql::Tx& tx) -> Result<std::vector<SeriesSummary>> {
    auto sums = TRY(sealed_summaries(tx, run_id));
    for (const auto& [id, points] : TRY(read_tail(tx, run_id))) {
      for (const auto& point : points) sums[id].add(summary_of(point));
    }
    const auto owed = TRY(read_owed(tx, run_id));
    std::vector<SeriesSummary> all;
    for (const auto& row : TRY(tx.select<SummaryRow>(
             "SELECT id, key, points, latest_value, latest_step, latest_fraction, latest_at_ms FROM metric_series WHERE run_id = $1 ORDER BY key", run_id))) {
      const auto& sum = sums[row.id];
      Point last{row.last_step, row.last_at_ms, row.last.value_or(kNaN), row.last_fraction};
      const auto debt = owed.find(row.id);
      if (debt != owed.end() && step_less(last, debt->second.latest)) last = debt->second.latest;
      all.push_back({row.key, row.points + (debt == owed.end() ? 0 : debt->second.points), last.value, step_of(last), sum.count ? sum.min : kNaN,
                     sum.count ? sum.max : kNaN});
    }
    return all;
  });
}

Result<Curves> Service::curves(const CurveQuery& query) {
  const auto buckets = std::clamp<std::size_t>(query.buckets, 1, kMaxCurveBuckets);
  return db_.read([&](sql::Tx& tx) -> Result<Curves> {
    const auto run = TRY(tx.select_one<Start>("SELECT start_ms FROM runs WHERE id = $1 AND lifecycle <> 'purging'", query.run_id));
    if (!run) return fail(Code::not_found, fmt::format("There is no run '{:.80}'.", query.run_id));
    const auto all = TRY(read_series(tx, {.run_ids = {&query.run_id, 1}, .keys = query.keys, .most = kMaxCurves}));
    const auto origin = query.axis == Axis::relative ? run->start_ms : 0;
    const auto window = window_of(query.axis != Axis::step, {query.from, query.to}, origin);
    const auto grid = TRY(lay_grid(tx, all, window, buckets));
    Curves curves{.exact = grid.exact(), .points = 0, .x = grid.middles(origin), .starts = grid.starts(), .curves = {}};
    for (const auto& series : all) {
      curves.points += series.points();
      curves.curves.push_back(TRY(draw(tx, series, window, grid)));
    }
    return curves;
  });
}

}  // namespace gyre::tracking

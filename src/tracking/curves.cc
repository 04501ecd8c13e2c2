// Curves for people: every point counts, few are sent.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "tracking/curve_grid.h"
#include "tracking/owed.h"
#include "tracking/tail.h"

namespace gyre::tracking {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

struct SeriesRow {
  std::int64_t id;
  std::string key;
  std::int64_t points;
};

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

struct Series {
  SeriesRow row;
  std::vector<ChunkInfo> chunks;
  Points tail;
};

Result<std::vector<Series>> chosen_series(sql::Tx& tx, const CurveQuery& query) {
  auto rows = TRY(tx.select<SeriesRow>("SELECT id, key, points FROM metric_series WHERE run_id = $1 ORDER BY key", query.run_id));
  if (!query.keys.empty()) std::erase_if(rows, [&](const SeriesRow& row) { return std::ranges::find(query.keys, row.key) == query.keys.end(); });
  if (rows.size() > kMaxCurves) rows.resize(kMaxCurves);
  std::vector<Series> all;
  std::vector<std::int64_t> ids;
  for (auto& row : rows) ids.push_back(row.id);
  if (ids.empty()) return all;
  const auto owed = TRY(read_owed(tx, query.run_id));
  for (auto& row : rows) {
    if (const auto at = owed.find(row.id); at != owed.end()) row.points += at->second.points;
  }
  auto tail = TRY(read_tail(tx, query.run_id, ids));
  for (auto& row : rows) {
    auto chunks = TRY(read_chunk_infos(tx, row.id));
    all.push_back({std::move(row), std::move(chunks), std::move(tail[ids[all.size()]])});
    std::ranges::sort(all.back().tail, step_less);
  }
  return all;
}

// Adds what is known of the series without unpacking, and the points of chunks that reach out of the window. Returns the chunks
// between whose ends more x may lie.
Result<std::vector<std::int64_t>> measure(sql::Tx& tx, const Series& series, const Window& window, Extent& extent) {
  std::vector<std::int64_t> cut, inner;
  for (const auto& [number, summary] : series.chunks) {
    if (window.has_none_of(summary)) continue;
    if (!window.has_all_of(summary)) {
      cut.push_back(number);
      continue;
    }
    extent.add(window.first_x(summary));
    extent.add(window.last_x(summary));
    if (window.first_x(summary) != window.last_x(summary)) inner.push_back(number);
  }
  const auto add = [&](const Points& points) {
    for (const auto& point : points) {
      if (const auto x = window.x(point); window.has(x)) extent.add(x);
    }
  };
  add(series.tail);
  TRY(read_chunks(tx, series.row.id, cut, [&](std::int64_t, const Points& points) { add(points); }));
  return inner;
}

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
  std::vector<std::vector<std::int64_t>> inner;
  for (const auto& series : all) inner.push_back(TRY(measure(tx, series, window, extent)));
  for (std::size_t i = 0; i < all.size(); ++i) {
    for (const auto number : inner[i]) {
      if (extent.too_many()) break;
      TRY(read_chunks(tx, all[i].row.id, {&number, 1}, [&](std::int64_t, const Points& points) {
        for (const auto& point : points) extent.add(window.x(point));
      }));
    }
  }
  return extent.too_many() ? Grid(extent.first, extent.last, buckets, chunk_starts(all, window)) : Grid(extent.distinct());
}

Result<Curves::Curve> draw(sql::Tx& tx, const Series& series, const Window& window, const Grid& grid, std::size_t places) {
  Filling filling(window, grid, series.row.key, places);
  std::vector<std::int64_t> cut;
  for (const auto& [number, summary] : series.chunks) {
    if (!filling.add(summary)) cut.push_back(number);
  }
  filling.add(series.tail);
  TRY(read_chunks(tx, series.row.id, cut, [&](std::int64_t, const Points& points) { filling.add(points); }));
  return std::move(filling).finish();
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
    const auto all = TRY(chosen_series(tx, query));
    const auto window = window_of(query, run->start_ms);
    const auto grid = TRY(lay_grid(tx, all, window, buckets));
    Curves curves{.exact = grid.exact(), .points = 0, .x = grid.middles(window.origin), .starts = grid.starts(), .curves = {}};
    for (const auto& series : all) {
      curves.points += series.row.points;
      curves.curves.push_back(TRY(draw(tx, series, window, grid, curves.x.size())));
    }
    return curves;
  });
}

}  // namespace gyre::tracking

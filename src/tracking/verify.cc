// What tracking promises, held against what stands in the database.
#include <fmt/format.h>

#include "tracking/chunk_store.h"
#include "tracking/console.h"
#include "tracking/engine.h"
#include "tracking/presence.h"
#include "tracking/tail.h"
#include "tracking/tracking.h"

namespace gyre::tracking {
namespace {

constexpr int kMaxProblems = 20;   // told of each kind
constexpr int kSeriesARead = 200;  // of one transaction

struct Count {
  std::int64_t n;
};

struct Name {
  std::string text;
};

struct SeriesRow {
  std::int64_t id;
  std::string run_id, key;
  std::int64_t points;
};

// Rows of points that nobody would find.
Result<void> find_orphans(sql::Tx& tx, Findings& findings) {
  for (const auto table : {"metric_sheets", "metric_chunks"}) {
    const auto rows = TRY(tx.select<Count>(fmt::format(
        "SELECT DISTINCT series_id FROM {} AS p WHERE NOT EXISTS (SELECT 1 FROM metric_series WHERE id = p.series_id) LIMIT {}", table, kMaxProblems)));
    for (const auto& row : rows) findings.problems.push_back(fmt::format("tracking: {} of series {} belong to no run", table, row.n));
  }
  const auto rows = TRY(tx.select<Name>(
      fmt::format("SELECT DISTINCT run_id FROM metric_tail AS t WHERE NOT EXISTS (SELECT 1 FROM runs WHERE id = t.run_id) LIMIT {}", kMaxProblems)));
  for (const auto& row : rows) findings.problems.push_back(fmt::format("tracking: unsealed points of run {}, which is not there", row.text));
  return {};
}

bool same_tallies(const Tally& a, const Tally& b) {
  return a.nan == b.nan && a.above == b.above && a.below == b.below && compare_values(a.sum, b.sum) == 0 && a.first_nan == b.first_nan;
}

// Unpacks every chunk of a series, and compares it with what its sheet says.
Result<std::int64_t> verify_sealed(sql::Tx& tx, const SeriesRow& series, std::vector<std::string>& problems) {
  std::int64_t points = 0;
  for (const auto& [number, summary] : TRY(read_chunk_infos(tx, series.id))) {
    points += summary.count;
    const std::int64_t one[] = {number};
    bool same = false;
    const auto read = read_chunks(tx, series.id, one, [&](std::int64_t, const Points& found) {
      const auto sum = summary_of(found);
      same = sum.count == summary.count && same_point(sum.first, summary.first) && same_point(sum.last, summary.last) &&
             compare_values(sum.min, summary.min) == 0 && compare_values(sum.max, summary.max) == 0 &&
             (!summary.tally || same_tallies(*sum.tally, *summary.tally));
    });
    if (!read)
      problems.push_back(
          fmt::format("tracking: chunk {} of curve '{}' of run {}: {} ({})", number, series.key, series.run_id, read.error().message, read.error().detail));
    if (read && !same)
      problems.push_back(fmt::format("tracking: chunk {} of curve '{}' of run {} holds other points than its sheet says", number, series.key, series.run_id));
  }
  return points;
}

Result<void> verify_series(sql::Tx& tx, const SeriesRow& series, Findings& findings) {
  std::vector<std::string> problems;
  const std::int64_t only[] = {series.id};
  const auto sealed = verify_sealed(tx, series, problems);
  const auto tail = read_tail(tx, series.run_id, only);
  for (const auto* error : {sealed ? nullptr : &sealed.error(), tail ? nullptr : &tail.error()}) {
    if (error) problems.push_back(fmt::format("tracking: curve '{}' of run {}: {}", series.key, series.run_id, error->message));
  }
  if (sealed && tail) {
    const auto found = *sealed + (tail->empty() ? 0 : static_cast<std::int64_t>(tail->begin()->second.size()));
    const auto owed = TRY(read_owed(tx, series.run_id));
    const auto debt = owed.find(series.id);
    const auto logged = series.points + (debt == owed.end() ? 0 : debt->second.points);
    if (found != logged)
      problems.push_back(fmt::format("tracking: curve '{}' of run {} has {} points, and {} were logged", series.key, series.run_id, found, logged));
  }
  for (auto& problem : problems) {
    if (findings.problems.size() < kMaxProblems) findings.problems.push_back(std::move(problem));
  }
  return {};
}

}  // namespace

Result<Findings> Service::verify() {
  Findings findings;
  TRY(engine_->settler.settle());
  TRY(db_.read([&](sql::Tx& tx) { return find_orphans(tx, findings); }));
  for (std::int64_t after = INT64_MIN;;) {
    const auto all = TRY(db_.read([&](sql::Tx& tx) -> Result<std::vector<SeriesRow>> {
      auto rows = TRY(tx.select<SeriesRow>("SELECT id, run_id, key, points FROM metric_series WHERE id > $1 ORDER BY id LIMIT $2", after, kSeriesARead));
      for (const auto& row : rows) {  // of what is being taken out, some is gone already
        if (!TRY(is_purging(tx, row.run_id))) TRY(verify_series(tx, row, findings));
      }
      return rows;
    }));
    if (all.empty()) break;
    after = all.back().id;
  }
  TRY(verify_consoles(db_, blobs_, findings));
  findings.checked = TRY(db_.read([&](sql::Tx& tx) { return tx.select<Count>("SELECT COUNT(*) FROM runs"); })).front().n;
  return findings;
}

}  // namespace gyre::tracking

// Points as they are. A series of some length goes into chunks at once, as the sealer would pack it; short ones share a row of the tail.
#include <algorithm>
#include <cmath>
#include <unordered_map>

#include "tracking/adopt_parts.h"
#include "tracking/chunk_store.h"
#include "tracking/rules.h"
#include "tracking/series_book.h"
#include "tracking/tail.h"

namespace gyre::tracking {
namespace {

constexpr std::size_t kSealedAtOnce = 64;  // points of a series
constexpr int kMaxCollisions = 8;          // with others who write the same series

struct Planned {
  const AdoptedSeries* given = nullptr;
  std::int64_t id = 0;
  bool is_new = false;
  std::int64_t distinct = 0;
  Points fresh;
  std::optional<SealedSeries> sealed;  // else its points go into the tail
};

struct RunPlan {
  std::string run_id;
  std::int64_t tail_number = 0;
  std::vector<Planned> series;
};

Points sorted(const std::vector<AdoptedPoint>& given) {
  Points points;
  points.reserve(given.size());
  for (const auto& point : given) points.push_back({point.step, point.at_ms, point.value, point.fraction});
  if (!std::ranges::is_sorted(points, step_less)) std::ranges::sort(points, step_less);
  const auto repeated = std::ranges::unique(points, same_point);
  points.erase(repeated.begin(), repeated.end());
  return points;
}

// Both sorted.
void take_out(Points& points, const Points& known) {
  Points left;
  left.reserve(points.size());
  std::ranges::set_difference(points, known, std::back_inserter(left), step_less);
  points = std::move(left);
}

// Only chunks whose range the points reach into are read.
Result<void> take_out_known(sql::Tx& tx, std::int64_t series, Points& tail, Points& points) {
  if (points.empty()) return {};
  std::vector<std::int64_t> numbers;
  for (const auto& info : TRY(read_chunk_infos(tx, series))) {
    if (!step_less(info.summary.last, points.front()) && !step_less(points.back(), info.summary.first)) numbers.push_back(info.number);
  }
  TRY(read_chunks(tx, series, numbers, [&](std::int64_t, const Points& known) { take_out(points, known); }));
  std::ranges::sort(tail, step_less);
  take_out(points, tail);
  return {};
}

Result<SeriesIds> known_series(sql::Tx& tx, std::string_view run_id) {
  SeriesIds ids;
  const sql::Value args[] = {sql::to_value(run_id)};
  TRY(tx.run_with("SELECT key, id FROM metric_series WHERE run_id = $1", args,
                  [&](std::span<const sql::Value> row) { ids.emplace(std::get<std::string_view>(row[0]), std::get<std::int64_t>(row[1])); }));
  return ids;
}

Result<void> plan_series(sql::Tx& tx, Planned& planned, TailPoints& tail) {
  planned.fresh = sorted(planned.given->points);
  planned.distinct = std::ssize(planned.fresh);
  if (!planned.is_new) TRY(take_out_known(tx, planned.id, tail[planned.id], planned.fresh));
  if (planned.fresh.size() < kSealedAtOnce) return {};
  planned.sealed = seal(planned.id, planned.is_new ? OpenEnd{} : TRY(read_open_end(tx, planned.id)), planned.fresh);
  return {};
}

// `next_id`: numbers that are this call's own.
Result<RunPlan> plan_run(sql::Tx& tx, std::span<const AdoptedSeries> all, std::int64_t& next_id) {
  RunPlan plan{all.front().run_id, next_id++, {}};
  const auto known = TRY(known_series(tx, plan.run_id));
  std::vector<std::int64_t> old;
  for (const auto& given : all) {
    const auto at = known.find(given.key);
    plan.series.push_back({.given = &given, .id = at == known.end() ? next_id++ : at->second, .is_new = at == known.end()});
    if (at != known.end()) old.push_back(at->second);
  }
  auto tail = old.empty() ? TailPoints{} : TRY(read_tail(tx, plan.run_id, old));
  for (auto& series : plan.series) TRY(plan_series(tx, series, tail));
  return plan;
}

sql::Value stored(double value) { return std::isnan(value) ? sql::Value{} : sql::to_value(value); }

Result<void> put_new_series(sql::Tx& tx, const RunPlan& plan) {
  constexpr std::string_view kColumns[] = {"id", "run_id", "key", "points", "latest_step", "latest_fraction", "latest_at_ms", "latest_value"};
  std::vector<sql::Value> rows;
  for (const auto& [given, id, is_new, distinct, fresh, sealed] : plan.series) {
    if (!is_new || fresh.empty()) continue;
    const auto& latest = fresh.back();
    rows.insert(rows.end(), {sql::to_value(id), sql::to_value(plan.run_id), sql::to_value(given->key), sql::to_value(std::ssize(fresh)),
                             sql::to_value(latest.step), sql::to_value(latest.fraction), sql::to_value(latest.at_ms), stored(latest.value)});
  }
  if (rows.empty()) return {};
  return tx.insert_many("metric_series", kColumns, rows);
}

Result<void> grow_series(sql::Tx& tx, const Planned& planned) {
  struct Latest {
    std::int64_t step, at_ms;
    std::optional<double> value;
    double fraction;
  };
  const auto row = TRY(tx.select_one<Latest>("SELECT latest_step, latest_at_ms, latest_value, latest_fraction FROM metric_series WHERE id = $1", planned.id));
  if (!row) return fail(Code::conflict, "a series went away meanwhile");
  const Point there{row->step, row->at_ms, row->value.value_or(std::nan("")), row->fraction};
  const auto& latest = std::max(there, planned.fresh.back(), step_less);
  return tx.exec("UPDATE metric_series SET points = points + $1, latest_step = $2, latest_fraction = $3, latest_at_ms = $4, latest_value = $5 WHERE id = $6",
                 std::ssize(planned.fresh), latest.step, latest.fraction, latest.at_ms, stored(latest.value), planned.id);
}

Result<void> write_run(sql::Tx& tx, const RunPlan& plan) {
  struct State {
    std::string lifecycle;
  };
  const auto state = TRY(tx.select_one<State>("SELECT lifecycle FROM runs WHERE id = $1", plan.run_id));
  if (!state || state->lifecycle == kPurging) return fail(Code::not_found, fmt::format("Run with id={} not found", plan.run_id));
  TRY(put_new_series(tx, plan));
  std::vector<TailEntry> entries;
  for (const auto& series : plan.series) {
    if (series.fresh.empty()) continue;
    if (!series.is_new) TRY(grow_series(tx, series));
    if (series.sealed) {
      TRY(write_sealed(tx, *series.sealed));
    } else {
      for (const auto& point : series.fresh) entries.push_back({series.id, point});
    }
  }
  if (entries.empty()) return {};
  const auto count = std::ssize(entries);
  return append_tail(tx, plan.run_id, plan.tail_number, count, pack_tail(std::move(entries)));
}

// Series of one run stand together.
Result<std::vector<RunPlan>> make_plans(sql::Db& db, std::span<const AdoptedSeries> all, std::int64_t first_id) {
  return db.read([&](sql::Tx& tx) -> Result<std::vector<RunPlan>> {
    std::vector<RunPlan> plans;
    auto next_id = first_id;
    for (auto rest = all; !rest.empty();) {
      const auto end = std::ranges::find_if(rest, [&](const AdoptedSeries& one) { return one.run_id != rest.front().run_id; });
      const auto of_run = rest.first(static_cast<std::size_t>(end - rest.begin()));
      plans.push_back(TRY(plan_run(tx, of_run, next_id)));
      rest = rest.subspan(of_run.size());
    }
    return plans;
  });
}

AdoptedPoint given_again(const Point& point) { return {point.step, point.at_ms, point.value, point.fraction}; }

}  // namespace

Result<void> Adoption::points(std::span<const AdoptedSeries> series, Adopted& adopted) {
  if (series.empty()) return {};
  for (int collisions = 0;; ++collisions) {
    const auto first_id = TRY(parts_->ids.take(2 * std::ssize(series)));  // a number a series, and one a run for its row of the tail
    const auto plans = TRY(make_plans(db_, series, first_id));
    const auto written = db_.write([&](sql::Tx& tx) -> Result<void> {
      for (const auto& plan : plans) TRY(write_run(tx, plan));
      return {};
    });
    if (!written && written.error().code == Code::conflict && collisions < kMaxCollisions) continue;
    TRY(written);
    auto& taken = adopted.kinds["points"];
    for (const auto& plan : plans) {
      for (const auto& one : plan.series) {
        taken.added += std::ssize(one.fresh);
        taken.there += one.distinct - std::ssize(one.fresh);
      }
    }
    return {};
  }
}

Result<void> Adoption::each_point(std::string_view run_id, const OnPoints& on_points) {
  return db_.read([&](sql::Tx& tx) -> Result<void> {
    std::vector<AdoptedPoint> piece;
    const auto hand_over = [&](std::string_view key, const Points& points) {
      piece.clear();
      std::ranges::transform(points, std::back_inserter(piece), given_again);
      on_points(key, piece);
    };
    const auto known = TRY(known_series(tx, run_id));
    if (known.empty()) return {};
    const auto tail = TRY(read_tail(tx, run_id));
    for (const auto& [key, id] : known) {
      std::vector<std::int64_t> numbers;
      for (const auto& info : TRY(read_chunk_infos(tx, id))) numbers.push_back(info.number);
      TRY(read_chunks(tx, id, numbers, [&](std::int64_t, const Points& points) { hand_over(key, points); }));
      if (const auto at = tail.find(id); at != tail.end()) hand_over(key, at->second);
    }
    return {};
  });
}

}  // namespace gyre::tracking

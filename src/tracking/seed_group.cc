#include "tracking/seed_group.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "tracking/group_figures.h"
#include "tracking/rules.h"

namespace gyre::tracking {
namespace {

constexpr std::size_t kRunsARead = 100;  // of one statement: so many ids are bound

struct Id {
  std::string id;
};

Result<std::vector<Id>> runs_near(sql::Tx& tx, const RunInfo& run) {
  const auto experiment = TRY(parse_experiment_id(run.experiment_id));
  auto near = TRY(tx.select<Id>("SELECT id FROM runs WHERE experiment_id = $1 AND lifecycle = 'active' AND start_ms <= $2 ORDER BY start_ms DESC, id LIMIT $3",
                                experiment, run.start_ms, kSeedRunsLookedAt));
  std::ranges::move(TRY(tx.select<Id>("SELECT id FROM runs WHERE experiment_id = $1 AND lifecycle = 'active' AND start_ms > $2 ORDER BY start_ms, id LIMIT $3",
                                      experiment, run.start_ms, kSeedRunsLookedAt)),
                    std::back_inserter(near));
  return near;
}

// Calls `on_row(run id, the other columns)` for each row of those runs.
template <class OnRow>
Result<void> for_rows(sql::Tx& tx, std::span<const Id> runs, std::string_view columns, std::string_view table, OnRow on_row) {
  std::string places;
  for (std::size_t i = 1; i <= kRunsARead; ++i) places += fmt::format("{}${}", i > 1 ? ", " : "", i);
  const auto text = fmt::format("SELECT run_id, {} FROM {} WHERE run_id IN ({})", columns, table, places);
  for (auto rest = runs; !rest.empty();) {
    const auto count = std::min(kRunsARead, rest.size());
    std::vector<sql::Value> ids;
    for (std::size_t i = 0; i < kRunsARead; ++i) ids.push_back(sql::to_value(rest[std::min(i, count - 1)].id));
    TRY(tx.run_with(text, ids, [&](std::span<const sql::Value> row) { on_row(std::get<std::string_view>(row[0]), row.subspan(1)); }));
    rest = rest.subspan(count);
  }
  return {};
}

// Those whose parameters without seeds are `wanted`.
Result<std::vector<Id>> alike(sql::Tx& tx, const std::vector<Id>& runs, const Texts& wanted) {
  struct Seen {
    std::size_t same = 0, others = 0;
  };
  std::map<std::string, Seen, std::less<>> seen;
  TRY(for_rows(tx, runs, "key, value", "run_params", [&](std::string_view run, std::span<const sql::Value> row) {
    const std::string key(std::get<std::string_view>(row[0]));
    if (is_seed(key)) return;
    const auto at = wanted.find(key);
    auto& of_run = seen[std::string(run)];
    ++(at != wanted.end() && at->second == std::get<std::string_view>(row[1]) ? of_run.same : of_run.others);
  }));
  std::vector<Id> found;
  for (const auto& run : runs) {
    const auto at = seen.find(run.id);
    if (at != seen.end() && at->second.same == wanted.size() && at->second.others == 0 && std::ssize(found) < kMaxSeedRuns) found.push_back(run);
  }
  return found;
}

ComparedMetric::Noise noise_of(const GroupFigure& figure) {
  const auto deviation = figure.deviation.value_or(0);
  // The interval of the mean is t * deviation / sqrt(n); two single runs differ by sqrt(2) deviations.
  const auto t_deviation = confidence(figure.n, deviation).value_or(0) * std::sqrt(static_cast<double>(figure.n));
  return {figure.n, figure.mean.value_or(0), deviation, t_deviation * std::sqrt(2.0)};
}

}  // namespace

Result<SeedGroup> read_seed_group(sql::Tx& tx, const RunInfo& run, const Texts& params) {
  Texts wanted;
  for (const auto& [key, value] : params) {
    if (!is_seed(key)) wanted[key] = value;
  }
  if (wanted.empty()) return SeedGroup{};
  const auto group = TRY(alike(tx, TRY(runs_near(tx, run)), wanted));
  if (std::ssize(group) < 2) return SeedGroup{};
  std::map<std::string, FigureSum> sums;
  TRY(for_rows(tx, group, "key, latest_value", "metric_series", [&](std::string_view, std::span<const sql::Value> row) {
    const auto* value = std::get_if<double>(&row[1]);
    if (value && std::isfinite(*value)) sums[std::string(std::get<std::string_view>(row[0]))].add(*value);
  }));
  SeedGroup made{.runs = std::ssize(group), .noise = {}};
  for (const auto& [key, sum] : sums) {
    const auto figure = sum.figure();
    if (figure.n >= kLeastSeedRuns) made.noise[key] = noise_of(figure);
  }
  return made;
}

}  // namespace gyre::tracking

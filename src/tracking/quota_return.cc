#include "tracking/quota_return.h"

#include <fmt/format.h>

#include <algorithm>

#include "tracking/owed.h"
#include "tracking/purge.h"

namespace gyre::tracking {
namespace {

constexpr std::int64_t kWeighedAtOnce = 512;  // rows of one statement

// Behind $2, of what $1 names.
constexpr auto kRuns =
    "SELECT id, artifact_uri, experiment_id, (SELECT CAST(COALESCE(SUM(points), 0) AS BIGINT) FROM metric_series WHERE run_id = runs.id) FROM runs WHERE {} "
    "AND {} = $1 AND id > $2 ORDER BY id LIMIT $3";
constexpr auto kInBin = "lifecycle = 'deleted' AND lifecycle <> 'active'", kActive = "lifecycle = 'active'";
constexpr auto kModels =
    "SELECT id, artifact_uri, experiment_id, CAST(0 AS BIGINT) FROM logged_models WHERE purging = 0 AND {} AND id > $2 ORDER BY id LIMIT $3";
constexpr auto kItself = "deleted_ms IS NOT NULL AND id = $1", kOfExperiment = "deleted_ms IS NULL AND experiment_id = $1",
               kWithItsRun = "source_run_id = $1 AND deleted_ms = (SELECT deleted_ms FROM runs WHERE id = $1)";

struct Holder {
  std::string id, artifact_uri;
  std::int64_t experiment_id, points;
};

Usage sum(const Usage& a, const Usage& b) { return {a.runs + b.runs, a.points + b.points, a.bytes + b.bytes}; }

// Of that quota's experiment, or of all.
Usage within(const Return& back, std::int64_t experiment) {
  Usage all;
  for (const auto& [id, usage] : back) {
    if (experiment < 0 || id == experiment) all = sum(all, usage);
  }
  return all;
}

Result<void> admit_one(sql::Tx& tx, const StoredQuota& stored, const Return& back) {
  const auto experiment = TRY(experiment_or_all(stored.quota.experiment_id));
  const auto more = within(back, experiment);
  if (more == Usage{}) return {};
  const auto after = sum(stored.use, more);
  for (const auto& [what, use, limit] : reached(stored.quota, after, true)) {
    if (what == "runs" ? more.runs == 0 : what == "points" ? more.points == 0 : more.bytes == 0) continue;  // it adds nothing to those
    return fail(Code::denied,
                fmt::format("what is in the bin would not fit the quota of {} when it is back: {} {} of {}. Delete other runs (what experiments hold "
                            "is counted again within a minute), or set a larger quota: gyre retention quota {} --{} N",
                            whose(experiment), use, what, limit, scope_of(stored.quota), what));
  }
  return tx.exec("UPDATE retention_quotas SET runs = runs + $1, points = points + $2, bytes = bytes + $3 WHERE experiment_id = $4", more.runs, more.points,
                 more.bytes, experiment);
}

}  // namespace

Result<Scales> Scales::of(sql::Db& db, blob::Store& blobs) {
  Scales made(db, blobs);
  for (const auto& [quota, use, counted_ms] : TRY(db.read(read_quotas))) {
    if (quota.oldest) continue;
    made.refuse_ = true;
    made.points_ |= quota.points > 0;
    made.bytes_ |= quota.bytes > 0;
  }
  return made;
}

template <class Owner>
Result<void> Scales::add(const std::string& text, const Owner& owner, std::int64_t runs_each, Return& back) const {
  for (std::string after;;) {
    const auto page = TRY(db_->read([&](sql::Tx& tx) { return tx.select<Holder>(text, owner, after, kWeighedAtOnce); }));
    for (const auto& one : page) {
      auto& usage = back[one.experiment_id];
      usage.runs += runs_each;
      usage.points += one.points;
      if (bytes_) usage.bytes += TRY(bytes_below(*blobs_, files_prefix(one.artifact_uri, one.id)));
    }
    if (std::ssize(page) < kWeighedAtOnce) return {};
    after = page.back().id;
  }
}

Result<Return> Scales::run(std::string_view id) const {
  Return back;
  if (!refuse_) return back;
  if (points_) TRY(settle_owed(*db_, id));
  TRY(add(fmt::format(kRuns, kInBin, "id"), id, 1, back));
  TRY(add(fmt::format(kModels, kWithItsRun), id, 0, back));
  return back;
}

Result<Return> Scales::model(std::string_view id) const {
  Return back;
  if (refuse_) TRY(add(fmt::format(kModels, kItself), id, 0, back));
  return back;
}

Result<Return> Scales::experiment(std::int64_t id) const {
  Return back;
  if (!refuse_) return back;
  if (points_) TRY(settle_owed(*db_));
  TRY(add(fmt::format(kRuns, kInBin, "experiment_id"), id, 1, back));
  TRY(add(fmt::format(kModels, kOfExperiment), id, 0, back));
  return back;
}

Result<Return> Scales::active_run(std::string_view id) const {
  Return gone;
  if (!refuse_) return gone;
  if (points_) TRY(settle_owed(*db_, id));
  TRY(add(fmt::format(kRuns, kActive, "id"), id, 1, gone));
  return gone;
}

Result<void> release(sql::Tx& tx, const Return& gone) {
  if (gone.empty()) return {};
  for (const auto& stored : TRY(read_quotas(tx))) {
    const auto experiment = TRY(experiment_or_all(stored.quota.experiment_id));
    const auto less = within(gone, experiment);
    if (less == Usage{}) continue;
    const auto left = [](std::int64_t use, std::int64_t of) { return std::max<std::int64_t>(0, use - of); };
    TRY(tx.exec("UPDATE retention_quotas SET runs = $1, points = $2, bytes = $3 WHERE experiment_id = $4", left(stored.use.runs, less.runs),
                left(stored.use.points, less.points), left(stored.use.bytes, less.bytes), experiment));
  }
  return {};
}

Result<void> admit(sql::Tx& tx, const Return& back) {
  if (back.empty()) return {};
  for (const auto& stored : TRY(read_quotas(tx))) {
    if (!stored.quota.oldest && stored.counted_ms) TRY(admit_one(tx, stored, back));
  }
  return {};
}

}  // namespace gyre::tracking

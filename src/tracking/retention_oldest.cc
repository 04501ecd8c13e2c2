// Puts the oldest runs that nobody needs into the bin, a bounded piece at a time, until what is left is within a quota.
#include <fmt/format.h>

#include "tracking/purge.h"
#include "tracking/retention_counts.h"
#include "tracking/retention_marks.h"

namespace gyre::tracking {
namespace {

constexpr std::int64_t kFoundAtOnce = 512;

// The oldest is what began first: that stands in an index, and in the place of `ended_ms`.
constexpr auto kOldest =
    "SELECT id, experiment_id, name, status, artifact_uri, start_ms FROM runs WHERE {} lifecycle = 'active' AND status <> 'RUNNING' AND (start_ms, id) > ($1, "
    "$2) "
    "ORDER BY start_ms, id LIMIT $3";

template <typename Row>
Result<std::vector<Row>> oldest(sql::Tx& tx, std::int64_t experiment, std::int64_t after_ms, std::string_view after) {
  if (experiment < 0) return tx.select<Row>(fmt::format(kOldest, ""), after_ms, after, kFoundAtOnce);
  return tx.select<Row>(fmt::format(kOldest, "experiment_id = $4 AND"), after_ms, after, kFoundAtOnce, experiment);
}

}  // namespace

// What it would free of what the quota limits; nothing where it is kept.
Result<void> Retention::weigh(const Candidate& candidate) {
  const auto& quota = counting_->rest.back().quota();
  auto& weighed = counting_->binning->weighed;
  return db_.read([&](sql::Tx& tx) -> Result<void> {
    weighed.reset();  // where it is run once more
    if (TRY(why_candidate_kept(tx, candidate))) return {};
    Counting::Weighed one{.candidate = candidate, .frees = {.runs = 1}, .files = {}};
    if (quota.points > 0) one.frees.points = TRY(points_of_run(tx, candidate.id));
    if (quota.bytes > 0) {
      one.files.add(candidate.artifact_uri, candidate.id);
      for (const auto& model : TRY(models_that_go(tx, candidate.id))) one.files.add(model.artifact_uri, model.id);
    }
    weighed = std::move(one);
    return {};
  });
}

// One transaction. Whether the quota still stands: one that was changed or taken away, by whichever server, takes nothing more.
Result<bool> Retention::bin_chosen() {
  const auto& quota = counting_->rest.back().quota();
  const auto binned = bin_some({.name = "quota:" + scope_of(quota), .quota = quota}, counting_->binning->go);
  if (!binned && binned.error().code == Code::cancelled) return false;
  TRY(binned);
  counting_->binning->go.clear();
  return true;
}

// One piece: a listing of files, a page of runs, one run that is looked at, or one transaction. Whether there is another.
Result<bool> Retention::bin_oldest() {
  const auto& quota = counting_->rest.back().quota();
  auto& [use, found, go, looked_at, after_ms, after, weighed] = *counting_->binning;
  if (weighed && !weighed->files.done()) {
    weighed->frees.bytes += TRY(weighed->files.next(blobs_, counting_->under_way));
    return true;
  }
  if (weighed) {
    use = {use.runs - weighed->frees.runs, use.points - weighed->frees.points, use.bytes - weighed->frees.bytes};
    go.push_back(std::move(weighed->candidate));
    weighed.reset();
  }
  const bool enough = reached(quota, use, true).empty();
  if (!go.empty() && (enough || std::ssize(go) == kMarkedAtOnce || looked_at == found.size())) return bin_chosen();
  if (enough) return false;
  if (looked_at < found.size()) {
    TRY(weigh(found[looked_at++]));
    return true;
  }
  const auto experiment = TRY(experiment_or_all(quota.experiment_id));
  found = TRY(db_.read([&](sql::Tx& tx) { return oldest<Candidate>(tx, experiment, after_ms, after); }));
  looked_at = 0;
  if (found.empty()) return false;
  after_ms = found.back().ended_ms, after = found.back().id;
  return true;
}

}  // namespace gyre::tracking

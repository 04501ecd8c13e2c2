// From an open case to a candidate: what must hold before it trains, the run, and what came of it.
#include <fmt/format.h>

#include <algorithm>

#include "base/words.h"
#include "governance/governance.h"
#include "policy/mover.h"
#include "policy/progress.h"

namespace gyre::policy {
namespace {

Check guard(std::string name, std::string unit, double value, std::string comparison, double limit, bool passed, std::string note) {
  return {std::move(name), unit, std::move(comparison), unit, value, limit, {}, {}, 0, passed, std::move(note), "guard", {}, {}};
}

}  // namespace

// What gates need and no time brings: what the champion was trained on, for rows that it has not seen to be told from others.
// Only what is missing.
Result<std::vector<Check>> Mover::missing_needs() {
  std::vector<Check> missing;
  const auto version = TRY(champion());
  if (version == 0) return missing;
  const auto known = trained_through(version);
  if (!known && known.error().code != Code::invalid) return std::unexpected(known.error());
  if (!known)
    missing.push_back(
        guard(fmt::format("training evidence of v{}", version), "none", 0, ">=", 1, false, fmt::format("{} ({})", known.error().message, known.error().fix)));
  return missing;
}

Result<std::vector<Check>> Mover::guards(const Case& one) {
  auto checks = TRY(missing_needs());
  if (one.onset_ms > 0 && (d_.wait_days > 0 || d_.wait_rows > 0)) {
    const auto labelled = labelled_in(TRY(s_.monitoring_.labelled_windows(d_.endpoint, one.onset_ms)));
    const auto onset = plain_day(one.onset_ms);
    if (d_.wait_days > 0) {
      checks.push_back(guard("labelled days after the onset", "days", static_cast<double>(labelled.days), ">=", static_cast<double>(d_.wait_days),
                             labelled.days >= d_.wait_days, fmt::format("{} of {} labelled days after the onset on {}", labelled.days, d_.wait_days, onset)));
    }
    if (d_.wait_rows > 0) {
      checks.push_back(guard("labelled rows after the onset", "rows", static_cast<double>(labelled.rows), ">=", static_cast<double>(d_.wait_rows),
                             labelled.rows >= d_.wait_rows,
                             fmt::format("{} of {} labelled rows after the onset on {}", plain_count(labelled.rows), plain_count(d_.wait_rows), onset)));
    }
    for (auto& check : checks) check.n = check.unit == "none" ? 0 : labelled.rows;
  }
  if (d_.budget_runs > 0) {
    const auto used = trained_since(TRY(s_.cases(policy_.name, kMaxCases)), now_ms_ - d_.budget_per_ms);
    const bool left = used < d_.budget_runs;
    checks.push_back(
        guard(fmt::format("trainings in {}", plain_duration(d_.budget_per_ms)), "count", static_cast<double>(used), "<", static_cast<double>(d_.budget_runs),
              left, left ? fmt::format("{} of {} are used", used, d_.budget_runs) : fmt::format("the budget of {} trainings is used up", d_.budget_runs)));
  }
  return checks;
}

Result<bool> Mover::wait(Case& one) {
  if (TRY(closed_by_calm(one))) return true;
  auto checks = TRY(guards(one));
  const auto missing = std::ranges::find(checks, false, &Check::passed);
  if (missing == checks.end()) return train(one, std::move(checks));
  auto reason = missing->note;
  return wait_for(one, std::move(reason), std::move(checks));
}

Result<bool> Mover::train(Case& one, std::vector<Check> checks) {
  auto parameters = d_.parameters;
  const auto pipeline = TRY(s_.pipelines_.pipeline(d_.pipeline));
  TRY(check_registers(d_, pipeline));  // it may have been changed since the policy was applied
  if (pipeline.definition.parameters.contains("as_of") && !parameters.contains("as_of")) parameters["as_of"] = to_iso_date(now_ms_);
  auto started = s_.pipelines_.start({d_.pipeline, parameters, "policy:" + policy_.name, one.id});
  if (!started && started.error().code == Code::not_found) return wait_for(one, started.error().message);  // the pipeline is there, its data are not yet
  one.pipeline_run = TRY(std::move(started));
  one.state = "training";
  one.trained_ms = now_ms_;
  Draft draft{"train", fmt::format("Started {}", d_.pipeline),
              one.onset_ms > 0 ? fmt::format("enough labelled rows after the onset on {}", plain_day(one.onset_ms)) : one.trigger, std::move(checks)};
  draft.links.push_back(governance::urn("pipeline-run", one.pipeline_run));
  for (const auto& alert : TRY(open_alerts())) draft.alerts.push_back(alert.id);
  TRY(decide(one, {std::move(draft)}));
  return true;
}

Result<bool> Mover::watch_training(Case& one) {
  const auto run = TRY(s_.pipelines_.run(one.pipeline_run));
  if (run.status == "running") return false;  // the pipelines tell whether a job runs or a retry waits for its time
  for (const auto& version : run.versions) {
    if (version.model == d_.model) one.candidate = std::max(one.candidate, version.version);
  }
  if (run.status != "succeeded" || one.candidate == 0) {
    one.candidate = 0;  // what a failed run registered is no candidate
    TRY(close(one, "failed",
              {"fail",
               "Training failed",
               run.error.empty() ? fmt::format("no version of {} was registered", d_.model) : run.error,
               {},
               {governance::urn("pipeline-run", run.id)}}));
    return true;
  }
  one.champion = TRY(champion());
  one.state = "gating";
  TRY(s_.db_.write([&](sql::Tx& tx) { return put_case(tx, one); }));
  return true;
}

}  // namespace gyre::policy

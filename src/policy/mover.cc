#include "policy/mover.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/words.h"
#include "governance/governance.h"
#include "policy/progress.h"

namespace gyre::policy {
namespace {

constexpr std::int64_t kSameAlertMs = kDayMs;  // before an alert that stays open leads to its next case, where no cool-down says more

Check guard(std::string name, std::string unit, double value, std::string comparison, double limit, bool passed, std::string note) {
  return {std::move(name), unit, std::move(comparison), unit, value, limit, {}, {}, 0, passed, std::move(note), "guard", {}, {}};
}

// What its rule reads now: the alert itself remembers the reading that opened it, which may be long ago.
struct Reading {
  double value = 0;
  std::int64_t n = 0;
};
Reading reading_of(const monitoring::Alert& alert, const std::vector<monitoring::RuleState>& rules) {
  const auto found = std::ranges::find(rules, alert.id, &monitoring::RuleState::alert);
  return found == rules.end() || !found->value ? Reading{alert.value, alert.n} : Reading{*found->value, found->n};
}

// A rule may be back behind its limit and not yet clear.
std::string reading_text(const monitoring::Alert& alert, double value) {
  const bool beyond = alert.is_above() ? value > alert.limit : value < alert.limit;
  return fmt::format("{} {}", alert.rule, beyond ? beyond_text(value, alert.limit) : fmt::format("{}, not clear yet", plain_figure(value)));
}

Check alert_check(const monitoring::Alert& alert, const Reading& now) {
  Check check{alert.rule, alert.metric, alert.is_above() ? "<=" : ">=", "", now.value, alert.limit, {}, {}, now.n, false, "", "alert", {}, {}};
  check.note = fmt::format("{}{}since {}", alert.metric, alert.column.empty() ? " " : fmt::format(" of {} ", alert.column), plain_day(alert.onset_ms));
  return check;
}

}  // namespace

std::string Mover::version_urn(std::int64_t version) const { return governance::urn("model-version", fmt::format("{}@{}", d_.model, version)); }

Result<std::int64_t> Mover::champion() { return champion_of(TRY(s_.serving_.endpoint(d_.endpoint))); }

// Open alerts of the rules that this policy listens to, the one with the earliest onset first.
Result<std::vector<monitoring::Alert>> Mover::open_alerts() {
  constexpr std::size_t kMaxOpen = 100;
  std::vector<monitoring::Alert> found;
  const auto monitor = TRY(s_.monitoring_.monitor_of(d_.endpoint));
  if (!monitor || d_.when.alerts.empty()) return found;
  for (auto& alert : TRY(s_.monitoring_.alerts(monitor->name, "open", kMaxOpen))) {
    if (std::ranges::find(d_.when.alerts, alert.rule) != d_.when.alerts.end()) found.push_back(std::move(alert));
  }
  std::ranges::sort(found, {}, [](const monitoring::Alert& alert) { return std::pair(alert.onset_ms, std::string_view(alert.id)); });
  return found;
}

// Why a case would be opened now, if it would: the first trigger that holds.
Result<std::optional<Mover::Trigger>> Mover::trigger(const std::vector<Case>& earlier, TimeMs scheduled_ms) {
  Trigger found;
  auto& fresh = found.fresh;
  fresh.champion = TRY(champion());
  if (fresh.champion == 0) {
    if (!d_.when.bootstrap) return std::nullopt;
    fresh.trigger = "bootstrap";
    found.text = "Opened a case: nothing serves yet";
    return found;
  }
  if (const auto alerts = TRY(open_alerts()); !alerts.empty()) {
    const auto& alert = alerts.front();
    fresh.trigger = "alert " + alert.rule;
    fresh.alert = alert.id;
    fresh.onset_ms = alert.onset_ms;
    const auto rules = TRY(s_.monitoring_.rules(alert.monitor));
    found.text = fmt::format("Opened a case: {}", reading_text(alert, reading_of(alert, rules).value));
    for (const auto& one : alerts) found.checks.push_back(alert_check(one, reading_of(one, rules)));
    return found;
  }
  if (d_.when.every_ms > 0 && scheduled_ms > 0 && now_ms_ >= scheduled_ms) {
    fresh.trigger = "schedule";
    found.text = "Opened a case: it is due by its schedule";
    return found;
  }
  if (d_.when.new_rows == 0) return std::nullopt;
  const auto labelled = labelled_in(TRY(s_.monitoring_.labelled_windows(d_.endpoint, last_trained(earlier))));
  if (labelled.rows < d_.when.new_rows) return std::nullopt;
  fresh.trigger = fmt::format("{} new labelled rows", plain_count(labelled.rows));
  found.text = "Opened a case";
  return found;
}

// An alert that stays open after a case has dealt with it opens the next one only when the cool-down is over.
TimeMs Mover::rest_end(const Case& fresh, const std::vector<Case>& earlier) const {
  const auto end_ms = cool_down_end(d_, earlier);
  if (fresh.alert.empty() || earlier.empty() || earlier.front().alert != fresh.alert || earlier.front().trained_ms == 0) return end_ms;
  return std::max(end_ms, earlier.front().closed_ms + (d_.cool_down_ms > 0 ? 0 : kSameAlertMs));
}

Result<std::optional<Case>> Mover::triggered(const std::vector<Case>& earlier, TimeMs scheduled_ms) {
  auto found = TRY(trigger(earlier, scheduled_ms));
  if (!found) return std::nullopt;
  auto& fresh = found->fresh;
  if (const auto rest_until_ms = rest_end(fresh, earlier); now_ms_ < rest_until_ms) {
    TRY(skip(fresh, rest_until_ms));
    return std::nullopt;
  }
  // What was wrong before the present champion answered was another's fault.
  if (fresh.onset_ms > 0) {
    for (const auto& one : earlier) {
      if (one.state == "promoted") fresh.onset_ms = std::max(fresh.onset_ms, one.full_ms);
    }
  }
  fresh.id = make_id("ca");
  fresh.policy = policy_.name;
  fresh.state = "waiting";
  fresh.opened_ms = now_ms_;
  TRY(open(fresh, std::move(found->text), fresh.trigger + (fresh.onset_ms > 0 ? fmt::format(", onset {}", plain_day(fresh.onset_ms)) : ""),
           std::move(found->checks)));
  return fresh;
}

Result<void> Mover::open(Case& fresh, std::string text, std::string reason, std::vector<Check> checks) {
  Draft draft{"open", std::move(text), std::move(reason), std::move(checks)};
  if (!fresh.alert.empty()) draft.alerts.push_back(fresh.alert);
  return decide(fresh, {std::move(draft)});
}

// That a trigger did not open a case is a decision too; one for each time that it would have.
Result<void> Mover::skip(const Case& fresh, TimeMs until_ms) {
  Decision decision{make_id("de"),
                    policy_.name,
                    "",
                    now_ms_,
                    "skip",
                    "Opened no case",
                    fmt::format("{}, but it cools down until {}", fresh.trigger, moment_words(until_ms)),
                    {},
                    {},
                    0};
  if (!fresh.alert.empty()) decision.links.push_back(governance::urn("alert", fresh.alert));
  const auto newest = TRY(s_.decisions(policy_.name, 1));
  if (!newest.empty() && newest.front().verdict == "skip" && newest.front().reason == decision.reason) return {};
  return s_.db_.write([&](sql::Tx& tx) { return put_decision(tx, decision); });
}

// An error that waiting does not mend ends the case; the others are tried again.
Result<bool> Mover::move(Case& one) {
  auto moved = go_on(one);
  if (moved) return moved;
  const auto code = moved.error().code;
  if (code != Code::invalid && code != Code::not_found && code != Code::denied) return moved;
  return give_up(one, moved.error());
}

Result<bool> Mover::go_on(Case& one) {
  if (one.state == "waiting") return wait(one);
  if (one.state == "training") return watch_training(one);
  if (one.state == "gating") return gate(one);
  if (one.state == "rolling_out") return roll_out(one);
  if (one.state == "watching") return watch(one);
  return false;
}

Result<bool> Mover::give_up(Case& one, const Error& why) {
  const auto reason = why.fix.empty() ? why.message : fmt::format("{} ({})", why.message, why.fix);
  if (one.state == "rolling_out" && one.stage >= 0 && one.champion > 0) return roll_back(one, reason, {});
  const bool serves = one.state == "watching";
  TRY(close(one, serves ? "promoted" : "failed", {serves ? "keep" : "fail", serves ? fmt::format("Keeps v{}, unwatched", one.candidate) : "Gave up", reason}));
  return true;
}

Result<void> Mover::decide(Case& one, std::vector<Draft> drafts) {
  std::vector<Decision> decisions;
  for (auto& draft : drafts) {
    Decision decision{
        make_id("de"),           policy_.name,           one.id,       now_ms_, std::move(draft.verdict), std::move(draft.text), std::move(draft.reason),
        std::move(draft.checks), std::move(draft.links), one.candidate};
    for (const auto& alert : draft.alerts) decision.links.push_back(governance::urn("alert", alert));
    if (one.candidate > 0) decision.links.push_back(version_urn(one.candidate));
    one.last_reason = decision.reason;
    decisions.push_back(std::move(decision));
  }
  return s_.db_.write([&](sql::Tx& tx) -> Result<void> {
    TRY(put_case(tx, one));
    for (std::size_t i = 0; i < decisions.size(); ++i) {
      for (const auto& alert : drafts[i].alerts) TRY(put_case_alert(tx, alert, one.id));
      TRY(put_decision(tx, decisions[i]));
    }
    return {};
  });
}

Result<void> Mover::close(Case& one, std::string state, Draft last) {
  one.state = std::move(state);
  one.closed_ms = now_ms_;
  return decide(one, {std::move(last)});
}

// "Not yet" is kept too, but the same reason only once.
Result<bool> Mover::wait_for(Case& one, std::string reason, std::vector<Check> checks) {
  if (one.last_reason == reason) return false;
  TRY(decide(one, {{"wait", "Not yet", std::move(reason), std::move(checks)}}));
  return true;
}

// What ended by itself needs no new model; another alert that is still open makes a case of its own.
Result<bool> Mover::closed_by_calm(Case& one) {
  if (one.alert.empty() || TRY(s_.monitoring_.alert(one.alert)).state == "open") return false;
  TRY(close(one, "cancelled", {"skip", "Closed the case", "the alert was over before enough was known of it", {}, {governance::urn("alert", one.alert)}}));
  return true;
}

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

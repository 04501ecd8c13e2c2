#include "policy/mover.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/words.h"
#include "governance/governance.h"
#include "policy/progress.h"

namespace gyre::policy {
namespace {

constexpr std::int64_t kGateWaitMs = 14 * kDayMs, kWatchMs = 21 * kDayMs;
constexpr std::size_t kMaxCases = 1000;  // that budgets are counted over

Check guard(std::string name, std::string unit, double value, std::string comparison, double limit, bool passed, std::string note) {
  return {std::move(name), unit, std::move(comparison), unit, value, limit, {}, {}, 0, passed, std::move(note), "guard", {}, {}};
}

Check alert_check(const monitoring::Alert& alert) {
  Check check{alert.rule, alert.metric, alert.is_above() ? "<=" : ">=", "", alert.value, alert.limit, {}, {}, alert.n, false, "", "alert", {}, {}};
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

Result<std::optional<Case>> Mover::triggered(const std::vector<Case>& earlier, TimeMs scheduled_ms, bool& schedule_used) {
  schedule_used = false;
  Case fresh;
  fresh.champion = TRY(champion());
  std::string text = "Opened a case";
  std::vector<Check> checks;
  if (d_.when.bootstrap && fresh.champion == 0) {
    fresh.trigger = "bootstrap";
    text = "Opened a case: nothing serves yet";
  }
  if (fresh.trigger.empty() && fresh.champion > 0) {
    if (const auto alerts = TRY(open_alerts()); !alerts.empty()) {
      const auto& alert = alerts.front();
      fresh.trigger = "alert " + alert.rule;
      fresh.alert = alert.id;
      fresh.onset_ms = alert.onset_ms;
      text = fmt::format("Opened a case: {} {}", alert.rule, beyond_text(alert.value, alert.limit));
      for (const auto& one : alerts) checks.push_back(alert_check(one));
    }
  }
  if (fresh.trigger.empty() && d_.when.every_ms > 0 && fresh.champion > 0 && scheduled_ms > 0 && now_ms_ >= scheduled_ms) {
    fresh.trigger = "schedule";
    text = "Opened a case: it is due by its schedule";
    schedule_used = true;
  }
  if (fresh.trigger.empty() && d_.when.new_rows > 0 && fresh.champion > 0) {
    const auto labelled = labelled_in(TRY(s_.monitoring_.labelled_windows(d_.endpoint, earlier.empty() ? 0 : earlier.front().trained_ms)));
    if (labelled.rows >= d_.when.new_rows) fresh.trigger = fmt::format("{} new labelled rows", plain_count(labelled.rows));
  }
  if (fresh.trigger.empty()) return std::nullopt;

  // An alert that stays open after a case has dealt with it opens the next one only when the cool-down is over.
  if (now_ms_ < cool_down_end(d_, earlier)) return std::nullopt;
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
  TRY(open(fresh, std::move(text), fresh.trigger + (fresh.onset_ms > 0 ? fmt::format(", onset {}", plain_day(fresh.onset_ms)) : ""), std::move(checks)));
  return fresh;
}

Result<void> Mover::open(Case& fresh, std::string text, std::string reason, std::vector<Check> checks) {
  std::vector<std::string> links;
  if (!fresh.alert.empty()) links.push_back(governance::urn("alert", fresh.alert));
  TRY(decide(fresh, "open", std::move(text), std::move(reason), std::move(checks), std::move(links)));
  if (fresh.alert.empty()) return {};
  return s_.db_.write([&](sql::Tx& tx) { return put_case_alert(tx, fresh.alert, fresh.id); });
}

Result<bool> Mover::move(Case& one) {
  if (one.state == "waiting") return wait(one);
  if (one.state == "training") return watch_training(one);
  if (one.state == "gating") return gate(one);
  if (one.state == "rolling_out") return roll_out(one);
  if (one.state == "watching") return watch(one);
  return false;
}

Result<void> Mover::decide(Case& one, std::string verdict, std::string text, std::string reason, std::vector<Check> checks, std::vector<std::string> links) {
  Decision decision{make_id("de"), policy_.name, one.id, now_ms_, std::move(verdict), std::move(text), std::move(reason), std::move(checks), std::move(links), one.candidate};
  if (one.candidate > 0) decision.links.push_back(version_urn(one.candidate));
  one.last_reason = decision.reason;
  return s_.db_.write([&](sql::Tx& tx) -> Result<void> {
    TRY(put_case(tx, one));
    return put_decision(tx, decision);
  });
}

Result<void> Mover::close(Case& one, std::string state) {
  one.state = std::move(state);
  one.closed_ms = now_ms_;
  return s_.db_.write([&](sql::Tx& tx) { return put_case(tx, one); });
}

// "Not yet" is kept too, but the same reason only once.
Result<bool> Mover::wait_for(Case& one, std::string reason, std::vector<Check> checks) {
  if (one.last_reason == reason) return false;
  TRY(decide(one, "wait", "Not yet", std::move(reason), std::move(checks)));
  return true;
}

// What ended by itself needs no new model; another alert that is still open makes a case of its own.
Result<bool> Mover::closed_by_calm(Case& one) {
  if (one.alert.empty() || TRY(s_.monitoring_.alert(one.alert)).state == "open") return false;
  TRY(decide(one, "skip", "Closed the case", "the alert was over before enough was known of it", {}, {governance::urn("alert", one.alert)}));
  TRY(close(one, "cancelled"));
  return true;
}

Result<std::vector<Check>> Mover::guards(const Case& one) {
  std::vector<Check> checks;
  if (one.onset_ms > 0 && (d_.wait_days > 0 || d_.wait_rows > 0)) {
    const auto labelled = labelled_in(TRY(s_.monitoring_.labelled_windows(d_.endpoint, one.onset_ms)));
    const auto onset = plain_day(one.onset_ms);
    if (d_.wait_days > 0) {
      checks.push_back(guard("labelled days after the onset", "days", static_cast<double>(labelled.days), ">=", static_cast<double>(d_.wait_days), labelled.days >= d_.wait_days,
                             fmt::format("{} of {} labelled days after the onset on {}", labelled.days, d_.wait_days, onset)));
    }
    if (d_.wait_rows > 0) {
      checks.push_back(guard("labelled rows after the onset", "rows", static_cast<double>(labelled.rows), ">=", static_cast<double>(d_.wait_rows), labelled.rows >= d_.wait_rows,
                             fmt::format("{} of {} labelled rows after the onset on {}", plain_count(labelled.rows), plain_count(d_.wait_rows), onset)));
    }
    for (auto& check : checks) check.n = labelled.rows;
  }
  if (d_.budget_runs > 0) {
    const auto used = trained_since(TRY(s_.cases(policy_.name, kMaxCases)), now_ms_ - d_.budget_per_ms);
    const bool left = used < d_.budget_runs;
    checks.push_back(guard(fmt::format("trainings in {}", plain_duration(d_.budget_per_ms)), "count", static_cast<double>(used), "<", static_cast<double>(d_.budget_runs), left,
                           left ? fmt::format("{} of {} are used", used, d_.budget_runs) : fmt::format("the budget of {} trainings is used up", d_.budget_runs)));
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
  if (pipeline.definition.parameters.contains("as_of") && !parameters.contains("as_of")) parameters["as_of"] = to_iso_date(now_ms_);
  one.pipeline_run = TRY(s_.pipelines_.start({d_.pipeline, parameters, "policy:" + policy_.name, one.id}));
  one.state = "training";
  one.trained_ms = now_ms_;
  std::vector<std::string> links{governance::urn("pipeline-run", one.pipeline_run)};
  const auto alerts = TRY(open_alerts());
  for (const auto& alert : alerts) links.push_back(governance::urn("alert", alert.id));
  TRY(decide(one, "train", fmt::format("Started {}", d_.pipeline), one.onset_ms > 0 ? fmt::format("enough labelled rows after the onset on {}", plain_day(one.onset_ms)) : one.trigger, std::move(checks), std::move(links)));
  TRY(s_.db_.write([&](sql::Tx& tx) -> Result<void> {
    for (const auto& alert : alerts) TRY(put_case_alert(tx, alert.id, one.id));
    return {};
  }));
  return true;
}

Result<bool> Mover::watch_training(Case& one) {
  const auto run = TRY(s_.pipelines_.run(one.pipeline_run));
  if (run.status == "running") return false;  // the pipelines tell whether a job runs or a retry waits for its time
  for (const auto& version : run.versions) {
    if (version.model == d_.model) one.candidate = std::max(one.candidate, version.version);
  }
  if (run.status != "succeeded" || one.candidate == 0) {
    TRY(decide(one, "fail", "Training failed", run.error.empty() ? fmt::format("no version of {} was registered", d_.model) : run.error, {}, {governance::urn("pipeline-run", run.id)}));
    TRY(close(one, "failed"));
    return true;
  }
  one.champion = TRY(champion());
  one.state = "gating";
  TRY(s_.db_.write([&](sql::Tx& tx) { return put_case(tx, one); }));
  return true;
}

Result<bool> Mover::gate(Case& one) {
  auto outcome = TRY(measure(one));
  if (!outcome.enough_rows) {
    if (now_ms_ - one.trained_ms < kGateWaitMs) return wait_for(one, outcome.missing);
    TRY(decide(one, "refuse", fmt::format("Refused v{}", one.candidate), "labels did not come in time: " + outcome.missing));
    TRY(close(one, "refused"));
    return true;
  }
  json::Array body;
  for (const auto& check : outcome.checks) body.emplace_back(json::Object{{"name", check.name}, {"value", check.value}, {"limit", check.limit}, {"n", check.n}, {"passed", check.passed}, {"note", check.note}});
  TRY(s_.registry_.put_evidence(d_.model, one.candidate, {"gates", "", 0, json::Object{{"policy", policy_.name}, {"case", one.id}, {"champion", one.champion}, {"checks", std::move(body)}}, now_ms_}));
  const auto passed = std::ranges::count_if(outcome.checks, &Check::passed);
  if (!outcome.passed()) {
    std::string failing;
    for (const auto& check : outcome.checks) {
      if (!check.passed) failing += fmt::format("{}{} {}", failing.empty() ? "" : "; ", check.name, beyond_text(check.value, check.limit));
    }
    TRY(decide(one, "refuse", fmt::format("Refused v{}", one.candidate), failing, std::move(outcome.checks)));
    TRY(close(one, "refused"));
    return true;
  }
  const auto first = outcome.checks.front();
  TRY(decide(one, "gate", fmt::format("v{} passed {} of {} gates", one.candidate, passed, outcome.checks.size()), fmt::format("{} {}", first.name, beyond_text(first.value, first.limit)),
             std::move(outcome.checks)));
  if (d_.rollout.none) {
    TRY(decide(one, "keep", fmt::format("Proposed v{}", one.candidate), "this policy proposes and rolls nothing out"));
    TRY(close(one, "proposed"));
    return true;
  }
  one.stage = -1;
  one.state = "rolling_out";
  return enter_stage(one, "passed its gates");
}

// Stages: 0 is the shadow where there is one, then the canaries, then all traffic.
Result<bool> Mover::enter_stage(Case& one, std::string reason) {
  ++one.stage;
  if (one.stage == 0 && (d_.rollout.shadow_rows == 0 || one.champion == 0)) ++one.stage;
  const auto canary = static_cast<std::size_t>(one.stage) - 1;
  if (one.stage > 0 && (canary >= d_.rollout.canary.size() || one.champion == 0)) return go_full(one);
  std::vector<serving::Route> routes;
  std::string text;
  if (one.stage == 0) {
    routes = {{one.champion, 1.0, "primary"}, {one.candidate, 0, "shadow"}};
    text = fmt::format("v{} sees {} rows as a shadow", one.candidate, plain_count(d_.rollout.shadow_rows));
  } else {
    const auto weight = d_.rollout.canary[canary].weight;
    routes = {{one.champion, 1 - weight, "primary"}, {one.candidate, weight, "primary"}};
    text = fmt::format("v{} answers {}", one.candidate, share_of_requests(weight));
  }
  const auto status = TRY(s_.serving_.status(d_.endpoint));
  one.stage_from_errors = 0;
  one.stage_from_rows = rows_of(status, one.candidate, one.stage == 0 ? "shadow" : "primary", &one.stage_from_errors);
  TRY(s_.serving_.deploy(d_.endpoint, routes, text, "policy:" + policy_.name));
  TRY(decide(one, "advance", text, std::move(reason)));
  return true;
}

Result<bool> Mover::roll_out(Case& one) {
  auto stage = stage_progress(one, d_.rollout, TRY(s_.serving_.status(d_.endpoint)));
  if (stage.rows < stage.needed && stage.errors == 0) return false;
  for (const auto& check : stage.checks) {
    if (!check.passed) return roll_back(one, fmt::format("{} {} is over {}", check.name, plain_figure(check.value), plain_figure(check.limit)), std::move(stage.checks));
  }
  if (stage.rows < stage.needed || one.held) return false;
  return enter_stage(one, fmt::format("nothing spoke against it on {} rows", plain_count(stage.rows)));
}

Result<bool> Mover::advance(Case& one, std::string reason) {
  one.held = false;
  return enter_stage(one, std::move(reason));
}

Result<bool> Mover::go_full(Case& one) {
  TRY(s_.serving_.deploy(d_.endpoint, {{one.candidate, 1.0, "primary"}}, fmt::format("v{} answers all requests", one.candidate), "policy:" + policy_.name));
  TRY(s_.registry_.set_alias(d_.model, "champion", one.candidate, "policy:" + policy_.name));
  one.full_ms = now_ms_;
  one.state = "watching";
  TRY(decide(one, "promote", fmt::format("Promoted v{}", one.candidate), one.champion > 0 ? fmt::format("it replaces v{}", one.champion) : "the first model of this endpoint"));
  if (one.champion > 0 && d_.rollout.watch_labelled_rows > 0) return true;
  TRY(close(one, "promoted"));
  return true;
}

Result<bool> Mover::watch(Case& one) {
  const auto rows = TRY(s_.monitoring_.labelled_rows(d_.endpoint, std::max(one.full_ms, std::max(TRY(trained_through(one.candidate)), TRY(trained_through(one.champion)))), now_ms_,
                                                     static_cast<std::size_t>(d_.rollout.watch_labelled_rows)));
  const auto n = static_cast<std::int64_t>(rows.label.size());
  if (n < d_.rollout.watch_labelled_rows && now_ms_ - one.full_ms < kWatchMs) return false;
  std::vector<Check> checks;
  if (n > 0) {
    const auto candidate = TRY(scores(one.candidate, rows.inputs)), champion = TRY(scores(one.champion, rows.inputs));
    std::vector<double> gains;
    for (std::size_t i = 0; i < rows.label.size(); ++i) gains.push_back(log_loss(champion[i], rows.label[i]) - log_loss(candidate[i], rows.label[i]));
    const auto paired = paired_test(gains, rows.at_ms, d_.gates.cluster_ms);
    const bool worse = -paired.mean > d_.rollout.max_loss && -paired.z > d_.gates.z;
    checks.push_back({"gain in service", "log_loss", ">=", "", paired.mean, -d_.rollout.max_loss, paired.low(), paired.high(), paired.n, !worse, fmt::format("v{} against v{} on the same rows", one.candidate, one.champion), "paired", {}, {}});
    if (worse) return roll_back(one, fmt::format("in service it is worse by {} log loss", plain_figure(-paired.mean)), checks);
  }
  TRY(decide(one, "keep", fmt::format("Keeps v{}", one.candidate), n > 0 ? fmt::format("gain in service {} log loss on {} rows", plain_figure(checks.front().value), plain_count(n)) : "no labels came to say otherwise", checks));
  TRY(close(one, "promoted"));
  return true;
}

Result<bool> Mover::roll_back(Case& one, std::string reason, std::vector<Check> checks) {
  TRY(s_.serving_.deploy(d_.endpoint, {{one.champion, 1.0, "primary"}}, "rolled back: " + reason, "policy:" + policy_.name));
  TRY(s_.registry_.set_alias(d_.model, "champion", one.champion, "policy:" + policy_.name));
  TRY(decide(one, "rollback", fmt::format("Rolled back to v{}", one.champion), std::move(reason), std::move(checks)));
  TRY(close(one, "rolled_back"));
  return true;
}

}  // namespace gyre::policy

#include "policy/mover.h"

#include <fmt/format.h>

#include <algorithm>

#include "governance/governance.h"

namespace gyre::policy {
namespace {

constexpr std::int64_t kLatencyRequests = 30;  // fewer say nothing of a 95th percentile
constexpr double kLabelledShare = 0.5;        // of a window's rows, for it to count as labelled
constexpr std::int64_t kGateWaitMs = 14 * kDayMs, kWatchMs = 21 * kDayMs;

std::int64_t rows_of(const serving::Status& status, std::int64_t version, std::string_view role, std::int64_t* errors = nullptr) {
  for (const auto& counters : status.counters) {
    if (counters.version != version || counters.role != role) continue;
    if (errors) *errors = counters.errors;
    return counters.rows;
  }
  return 0;
}

const serving::VersionCounters* counters_of(const serving::Status& status, std::int64_t version, std::string_view role) {
  for (const auto& counters : status.counters) {
    if (counters.version == version && counters.role == role) return &counters;
  }
  return nullptr;
}

}  // namespace

std::string Mover::version_urn(std::int64_t version) const { return governance::urn("model-version", fmt::format("{}@{}", d_.model, version)); }

Result<std::int64_t> Mover::champion() {
  const auto endpoint = TRY(s_.serving_.endpoint(d_.endpoint));
  if (!endpoint.revision) return 0;
  std::int64_t best = 0;
  double weight = 0;
  for (const auto& route : endpoint.revision->routes) {
    if (route.role == "primary" && route.weight > weight) best = route.version, weight = route.weight;
  }
  return best;
}

Result<std::optional<Case>> Mover::triggered(const std::vector<Case>& earlier, TimeMs scheduled_ms, bool& schedule_used) {
  schedule_used = false;
  Case fresh;
  fresh.champion = TRY(champion());
  if (d_.when.bootstrap && fresh.champion == 0) fresh.trigger = "bootstrap";
  if (fresh.trigger.empty() && fresh.champion > 0 && !d_.when.alerts.empty()) {
    if (const auto monitor = TRY(s_.monitoring_.monitor_of(d_.endpoint))) {
      for (const auto& alert : TRY(s_.monitoring_.alerts(monitor->name, "open", 100))) {
        if (std::ranges::find(d_.when.alerts, alert.rule) == d_.when.alerts.end()) continue;
        if (!fresh.trigger.empty() && alert.onset_ms >= fresh.onset_ms) continue;
        fresh.trigger = "alert " + alert.rule;
        fresh.alert = alert.id;
        fresh.onset_ms = alert.onset_ms;
      }
    }
  }
  if (fresh.trigger.empty() && d_.when.every_ms > 0 && fresh.champion > 0 && scheduled_ms > 0 && now_ms_ >= scheduled_ms) {
    fresh.trigger = "schedule";
    schedule_used = true;
  }
  if (fresh.trigger.empty() && d_.when.new_rows > 0 && fresh.champion > 0) {
    std::int64_t labelled = 0;
    const auto since = earlier.empty() ? 0 : earlier.front().trained_ms;
    for (const auto& window : TRY(s_.monitoring_.labelled_windows(d_.endpoint, since))) labelled += window.labelled;
    if (labelled >= d_.when.new_rows) fresh.trigger = fmt::format("{} new labelled rows", labelled);
  }
  if (fresh.trigger.empty()) return std::nullopt;

  // An alert that stays open after a case has dealt with it opens the next one only when the cool-down is over.
  const auto trained = std::ranges::find_if(earlier, [](const Case& one) { return one.trained_ms > 0; });
  if (trained != earlier.end() && d_.cool_down_ms > 0 && now_ms_ < std::max(trained->closed_ms, trained->trained_ms) + d_.cool_down_ms) return std::nullopt;
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
  std::vector<std::string> links;
  if (!fresh.alert.empty()) links.push_back(governance::urn("alert", fresh.alert));
  TRY(decide(fresh, "open", "Opened a case", fresh.trigger + (fresh.onset_ms > 0 ? fmt::format(", since {}", to_iso_date(fresh.onset_ms)) : ""), {}, std::move(links)));
  return fresh;
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
Result<bool> Mover::wait_for(Case& one, std::string reason) {
  if (one.last_reason == reason) return false;
  TRY(decide(one, "wait", "Not yet", std::move(reason)));
  return true;
}

// What ended by itself needs no new model; another alert that is still open makes a case of its own.
Result<bool> Mover::closed_by_calm(Case& one) {
  if (one.alert.empty() || TRY(s_.monitoring_.alert(one.alert)).state == "open") return false;
  TRY(decide(one, "skip", "Closed the case", "the alert was over before enough was known of it", {}, {governance::urn("alert", one.alert)}));
  TRY(close(one, "cancelled"));
  return true;
}

Result<bool> Mover::wait(Case& one) {
  if (TRY(closed_by_calm(one))) return true;
  if (one.onset_ms > 0 && (d_.wait_days > 0 || d_.wait_rows > 0)) {
    std::int64_t days = 0, rows = 0;
    for (const auto& window : TRY(s_.monitoring_.labelled_windows(d_.endpoint, one.onset_ms))) {
      rows += window.labelled;
      if (static_cast<double>(window.labelled) >= kLabelledShare * static_cast<double>(window.rows)) ++days;
    }
    if (days < d_.wait_days) return wait_for(one, fmt::format("{} of {} labelled days after the onset on {}", days, d_.wait_days, to_iso_date(one.onset_ms)));
    if (rows < d_.wait_rows) return wait_for(one, fmt::format("{} of {} labelled rows after the onset on {}", rows, d_.wait_rows, to_iso_date(one.onset_ms)));
  }
  if (d_.budget_runs > 0) {
    std::int64_t used = 0;
    for (const auto& earlier : TRY(s_.cases(policy_.name, 1000))) used += earlier.trained_ms > now_ms_ - d_.budget_per_ms;
    if (used >= d_.budget_runs) return wait_for(one, fmt::format("the budget of {} trainings is used up", d_.budget_runs));
  }
  return train(one);
}

Result<bool> Mover::train(Case& one) {
  auto parameters = d_.parameters;
  const auto pipeline = TRY(s_.pipelines_.pipeline(d_.pipeline));
  if (pipeline.definition.parameters.contains("as_of") && !parameters.contains("as_of")) parameters["as_of"] = to_iso_date(now_ms_);
  one.pipeline_run = TRY(s_.pipelines_.start({d_.pipeline, parameters, "policy:" + policy_.name, one.id}));
  one.state = "training";
  one.trained_ms = now_ms_;
  TRY(decide(one, "train", fmt::format("Started {}", d_.pipeline), one.onset_ms > 0 ? fmt::format("enough labelled rows after the onset on {}", to_iso_date(one.onset_ms)) : one.trigger, {},
             {governance::urn("pipeline-run", one.pipeline_run)}));
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
      if (!check.passed) failing += fmt::format("{}{} {:.4g} is not {} {:.4g}", failing.empty() ? "" : "; ", check.name, check.value, check.comparison, check.limit);
    }
    TRY(decide(one, "refuse", fmt::format("Refused v{}", one.candidate), failing, std::move(outcome.checks)));
    TRY(close(one, "refused"));
    return true;
  }
  const auto first = outcome.checks.front();
  TRY(decide(one, "gate", fmt::format("v{} passed {} of {} gates", one.candidate, passed, outcome.checks.size()), fmt::format("{} {:.4g} {} {:.4g}", first.name, first.value, first.comparison, first.limit),
             std::move(outcome.checks)));
  if (d_.rollout.none) {
    TRY(decide(one, "keep", fmt::format("Proposed v{}", one.candidate), "this policy proposes and rolls nothing out"));
    TRY(close(one, "proposed"));
    return true;
  }
  one.stage = -1;
  one.state = "rolling_out";
  return enter_stage(one);
}

// Stages: 0 is the shadow where there is one, then the canaries, then all traffic.
Result<bool> Mover::enter_stage(Case& one) {
  ++one.stage;
  if (one.stage == 0 && (d_.rollout.shadow_rows == 0 || one.champion == 0)) ++one.stage;
  const auto canary = static_cast<std::size_t>(one.stage) - 1;
  if (one.stage > 0 && (canary >= d_.rollout.canary.size() || one.champion == 0)) return go_full(one);
  std::vector<serving::Route> routes;
  std::string text;
  if (one.stage == 0) {
    routes = {{one.champion, 1.0, "primary"}, {one.candidate, 0, "shadow"}};
    text = fmt::format("v{} sees {} rows as a shadow", one.candidate, d_.rollout.shadow_rows);
  } else {
    const auto weight = d_.rollout.canary[canary].weight;
    routes = {{one.champion, 1 - weight, "primary"}, {one.candidate, weight, "primary"}};
    text = fmt::format("v{} answers {:.0f} % of requests", one.candidate, weight * 100);
  }
  const auto status = TRY(s_.serving_.status(d_.endpoint));
  one.stage_from_errors = 0;
  one.stage_from_rows = rows_of(status, one.candidate, one.stage == 0 ? "shadow" : "primary", &one.stage_from_errors);
  TRY(s_.serving_.deploy(d_.endpoint, routes, text, "policy:" + policy_.name));
  TRY(decide(one, "advance", text, one.stage == 0 ? "passed its gates" : "nothing spoke against it in the stage before"));
  return true;
}

Result<bool> Mover::roll_out(Case& one) {
  const auto status = TRY(s_.serving_.status(d_.endpoint));
  const bool shadow = one.stage == 0;
  std::int64_t errors = 0;
  const auto rows = rows_of(status, one.candidate, shadow ? "shadow" : "primary", &errors) - one.stage_from_rows;
  const auto needed = shadow ? d_.rollout.shadow_rows : d_.rollout.canary[static_cast<std::size_t>(one.stage) - 1].rows;
  errors -= one.stage_from_errors;
  const auto* candidate = counters_of(status, one.candidate, shadow ? "shadow" : "primary");
  const auto* champion = counters_of(status, one.champion, "primary");
  if (rows < needed && errors == 0) return false;

  std::vector<Check> checks;
  const double share = rows + errors > 0 ? static_cast<double>(errors) / static_cast<double>(rows + errors) : 0;
  checks.push_back({"error share", "share", "<=", "", share, d_.rollout.max_error_share, {}, {}, rows, share <= d_.rollout.max_error_share, ""});
  if (candidate && champion && candidate->requests >= kLatencyRequests && champion->requests >= kLatencyRequests) {
    const double ratio = champion->latency_quantile_ms(.95) > 0 ? candidate->latency_quantile_ms(.95) / champion->latency_quantile_ms(.95) : 1;
    checks.push_back({"latency p95 ratio", "ratio", "<=", "", ratio, d_.rollout.max_latency_ratio, {}, {}, candidate->requests, ratio <= d_.rollout.max_latency_ratio, ""});
  }
  for (const auto& check : checks) {
    if (!check.passed) return roll_back(one, fmt::format("{} {:.3g} is over {:.3g}", check.name, check.value, check.limit), checks);
  }
  if (rows < needed) return false;
  return enter_stage(one);
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
    checks.push_back({"gain in service", "log_loss", ">=", "", paired.mean, -d_.rollout.max_loss, paired.low(), paired.high(), paired.n, !worse, fmt::format("v{} against v{} on the same rows", one.candidate, one.champion)});
    if (worse) return roll_back(one, fmt::format("in service it is worse by {:.4g} log loss", -paired.mean), checks);
  }
  TRY(decide(one, "keep", fmt::format("Keeps v{}", one.candidate), n > 0 ? fmt::format("gain in service {:+.4f} log loss on {} rows", checks.front().value, n) : "no labels came to say otherwise", checks));
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

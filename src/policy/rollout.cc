// A candidate's way into service: gates, then stage by stage.
#include <fmt/format.h>

#include <algorithm>

#include "base/words.h"
#include "policy/mover.h"
#include "policy/progress.h"

namespace gyre::policy {
namespace {

constexpr std::int64_t kGateWaitMs = 14 * kDayMs, kWatchMs = 21 * kDayMs;

json::Value evidence_of(const std::string& policy, const Case& one, const std::vector<Check>& checks) {
  json::Array body;
  for (const auto& check : checks)
    body.emplace_back(json::Object{{"name", check.name},
                                   {"value", check.value},
                                   {"limit", check.limit},
                                   {"n", check.n},
                                   {"measured", check.measured},
                                   {"passed", check.passed},
                                   {"note", check.note}});
  return json::Object{{"policy", policy}, {"case", one.id}, {"champion", one.champion}, {"checks", std::move(body)}};
}

std::string failing_of(const std::vector<Check>& checks) {
  std::string failing;
  for (const auto& check : checks) {
    if (!check.passed)
      failing += fmt::format("{}{} {}", failing.empty() ? "" : "; ", check.name, check.measured ? beyond_text(check.value, check.limit) : check.note);
  }
  return failing;
}

}  // namespace

Result<bool> Mover::gate(Case& one) {
  auto outcome = TRY(measure(one));
  if (!outcome.enough_rows) {
    if (now_ms_ - one.trained_ms < kGateWaitMs) return wait_for(one, outcome.missing);
    TRY(close(one, "refused", {"refuse", fmt::format("Refused v{}", one.candidate), "labels did not come in time: " + outcome.missing}));
    return true;
  }
  TRY(s_.registry_.put_evidence(d_.model, one.candidate, {"gates", "", 0, evidence_of(policy_.name, one, outcome.checks), now_ms_}));
  if (!outcome.passed()) {
    auto failing = failing_of(outcome.checks);
    TRY(close(one, "refused", {"refuse", fmt::format("Refused v{}", one.candidate), std::move(failing), std::move(outcome.checks)}));
    return true;
  }
  const auto measured = std::ranges::count_if(outcome.checks, &Check::measured);  // all of them passed
  const auto first = outcome.checks.front();
  std::vector<Draft> drafts{{"gate", fmt::format("v{} passed {} of {} gates", one.candidate, measured, outcome.checks.size()),
                             fmt::format("{} {}", first.name, beyond_text(first.value, first.limit)), std::move(outcome.checks)}};
  if (d_.rollout.none) {
    drafts.push_back({"keep", fmt::format("Proposed v{}", one.candidate), "this policy proposes and rolls nothing out"});
    one.state = "proposed";
    one.closed_ms = now_ms_;
  } else {
    one.state = "rolling_out";
    one.stage = -1;  // before the first
  }
  TRY(decide(one, std::move(drafts)));
  return true;
}

// Stages: -1 has not begun, 0 is the shadow where there is one, then the canaries, then all traffic.
std::vector<serving::Route> Mover::routes_of(const Case& one) const {
  if (one.stage < 0) return {{one.champion, 1.0, "primary"}};
  if (one.stage == 0) return {{one.champion, 1.0, "primary"}, {one.candidate, 0, "shadow"}};
  const auto canary = static_cast<std::size_t>(one.stage) - 1;
  if (canary >= d_.rollout.canary.size() || one.champion == 0) return {{one.candidate, 1.0, "primary"}};
  const auto weight = d_.rollout.canary[canary].weight;
  return {{one.champion, 1 - weight, "primary"}, {one.candidate, weight, "primary"}};
}

Result<bool> Mover::enter_stage(Case& one, std::string reason) {
  ++one.stage;
  if (one.stage == 0 && (d_.rollout.shadow_rows == 0 || one.champion == 0)) ++one.stage;
  const bool shadow = one.stage == 0;
  if (!shadow && (static_cast<std::size_t>(one.stage) > d_.rollout.canary.size() || one.champion == 0)) return go_full(one);
  const auto text = shadow ? fmt::format("v{} sees {} rows as a shadow", one.candidate, plain_count(d_.rollout.shadow_rows))
                           : fmt::format("v{} answers {}", one.candidate, share_of_requests(d_.rollout.canary[static_cast<std::size_t>(one.stage) - 1].weight));
  begin_stage(one, TRY(s_.serving_.status(d_.endpoint)));
  TRY(s_.serving_.deploy(d_.endpoint, routes_of(one), text, "policy:" + policy_.name));
  TRY(decide(one, {{"advance", text, std::move(reason)}}));
  return true;
}

// Killed between deploying and keeping the case, what answers is ours but not of this stage: then the stage is entered again.
Result<bool> Mover::in_charge(Case& one) {
  const auto endpoint = TRY(s_.serving_.endpoint(d_.endpoint));
  const auto wanted = routes_of(one);
  if (endpoint.revision && endpoint.revision->routes == wanted) return true;
  if (one.stage < 0 && !endpoint.revision) return true;
  if (endpoint.revision && endpoint.revision->actor == "policy:" + policy_.name) {
    if (one.stage >= 0) TRY(s_.serving_.deploy(d_.endpoint, wanted, fmt::format("v{}: the stage is entered again", one.candidate), "policy:" + policy_.name));
    return true;
  }
  const auto by = endpoint.revision ? fmt::format("revision {} by {}", endpoint.revision->number, endpoint.revision->actor) : "nothing is deployed";
  TRY(close(one, "failed", {"fail", fmt::format("Gave up rolling out v{}", one.candidate), fmt::format("the endpoint was changed meanwhile: {}", by)}));
  return false;
}

Result<bool> Mover::roll_out(Case& one) {
  if (!TRY(in_charge(one))) return true;
  if (one.stage < 0) return enter_stage(one, "passed its gates");
  auto stage = stage_progress(one, d_.rollout, TRY(s_.serving_.status(d_.endpoint)));
  if (stage.rows < stage.needed && stage.errors == 0) return false;
  for (const auto& check : stage.checks) {
    if (!check.passed)
      return roll_back(one, fmt::format("{} {} is over {}", check.name, plain_figure(check.value), plain_figure(check.limit)), std::move(stage.checks));
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
  Draft draft{"promote", fmt::format("Promoted v{}", one.candidate),
              one.champion > 0 ? fmt::format("it replaces v{}", one.champion) : "the first model of this endpoint"};
  if (one.champion == 0 || d_.rollout.watch_labelled_rows == 0) {
    TRY(close(one, "promoted", std::move(draft)));
    return true;
  }
  one.state = "watching";
  TRY(decide(one, {std::move(draft)}));
  return true;
}

// After the change, on rows that came with it: the new model against the one that it replaced.
Result<bool> Mover::watch(Case& one) {
  if (TRY(champion()) != one.candidate) {
    TRY(close(one, "promoted", {"keep", fmt::format("Watches v{} no longer", one.candidate), "another version answers now"}));
    return true;
  }
  const auto from_ms = std::max({one.full_ms, TRY(trained_through(one.candidate)), TRY(trained_through(one.champion))});
  const bool over = now_ms_ - one.full_ms >= kWatchMs;
  const auto needed = d_.rollout.watch_labelled_rows;
  if (!over && TRY(labelled_since(from_ms)) < needed) return false;
  const auto rows = TRY(s_.monitoring_.labelled_rows(d_.endpoint, from_ms, now_ms_, static_cast<std::size_t>(needed)));
  const auto n = static_cast<std::int64_t>(rows.label.size());
  if (n < needed && !over) return false;
  if (n == 0) {
    TRY(close(one, "promoted", {"keep", fmt::format("Keeps v{}", one.candidate), "no labels came to say otherwise"}));
    return true;
  }
  auto check = TRY(gain_in_service(one, rows));
  if (!check.passed) return roll_back(one, fmt::format("in service it is worse by {} log loss", plain_figure(-check.value)), {check});
  auto reason = fmt::format("gain in service {} log loss on {} rows", plain_figure(check.value), plain_count(n));
  TRY(close(one, "promoted", {"keep", fmt::format("Keeps v{}", one.candidate), std::move(reason), {std::move(check)}}));
  return true;
}

Result<bool> Mover::roll_back(Case& one, std::string reason, std::vector<Check> checks) {
  TRY(s_.serving_.deploy(d_.endpoint, {{one.champion, 1.0, "primary"}}, "rolled back: " + reason, "policy:" + policy_.name));
  TRY(s_.registry_.set_alias(d_.model, "champion", one.champion, "policy:" + policy_.name));
  TRY(close(one, "rolled_back", {"rollback", fmt::format("Rolled back to v{}", one.champion), std::move(reason), std::move(checks)}));
  return true;
}

}  // namespace gyre::policy

// A case moved on: by what its state asks for, and every change of it kept with its decision.
#include "policy/mover.h"

#include <fmt/format.h>

#include "governance/governance.h"
#include "policy/progress.h"

namespace gyre::policy {

std::string Mover::version_urn(std::int64_t version) const { return governance::urn("model-version", fmt::format("{}@{}", d_.model, version)); }

Result<std::int64_t> Mover::champion() { return champion_of(TRY(s_.serving_.endpoint(d_.endpoint))); }

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

}  // namespace gyre::policy

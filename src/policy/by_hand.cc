// What people do to policies: they open a case, and hold, advance or end a roll-out. A policy's heart waits meanwhile.
#include <fmt/format.h>

#include <algorithm>

#include "governance/governance.h"
#include "policy/mover.h"
#include "policy/progress.h"

namespace gyre::policy {
namespace {

std::string with_reason(std::string_view actor, std::string_view reason) {
  return reason.empty() ? fmt::format("by hand, {}", actor) : fmt::format("{} ({})", reason, actor);
}

std::unexpected<Error> nothing_under_way(std::string_view endpoint) {
  return fail(Code::conflict, fmt::format("no roll-out is under way at endpoint '{:.80}'", endpoint), {}, "gyre policy ls tells what each policy does");
}

}  // namespace

std::unique_lock<std::mutex> Service::hold_still(const std::string& policy) {
  std::mutex& mutex = moving_.with([&](auto& all) -> std::mutex& {
    auto& one = all[policy];
    if (!one) one = std::make_unique<std::mutex>();
    return *one;
  });
  return std::unique_lock(mutex);
}

Result<std::optional<Service::Held>> Service::under_way(std::string_view endpoint) {
  for (auto& policy : TRY(list())) {
    if (policy.definition.endpoint != endpoint) continue;
    auto lock = hold_still(policy.name);
    auto newest = TRY(cases(policy.name, 1));
    if (newest.empty() || (newest.front().state != "rolling_out" && newest.front().state != "watching")) continue;
    return Held{std::move(lock), std::move(policy), std::move(newest.front())};
  }
  return std::nullopt;
}

Result<Case> Service::fire(std::string_view name, std::string_view reason, std::string_view actor) {
  const auto policy = TRY(this->policy(name));
  const auto still = hold_still(policy.name);
  if (policy.paused)
    return fail(Code::conflict, fmt::format("policy '{}' is paused, so a case of it would stand still", name), {}, fmt::format("gyre policy resume {}", name));
  const auto newest = TRY(cases(name, 1));
  if (!newest.empty() && newest.front().is_open()) {
    return fail(Code::conflict, fmt::format("policy '{}' has an open case already: {}", name, TRY(standing(policy)).sentence), {},
                fmt::format("gyre policy show {} tells how far it is", name));
  }
  Case fresh;
  fresh.id = make_id("ca");
  fresh.policy = policy.name;
  fresh.state = "waiting";
  fresh.trigger = "by hand";
  fresh.opened_ms = clock_.now_ms();
  fresh.champion = champion_of(TRY(serving_.endpoint(policy.definition.endpoint)));
  TRY(Mover(*this, policy, fresh.opened_ms).open(fresh, "Opened a case by hand", with_reason(actor, reason)));
  return fresh;
}

Result<void> Service::hold(std::string_view endpoint, bool held, std::string_view actor) {
  auto found = TRY(under_way(endpoint));
  if (!found || found->one.state != "rolling_out") return nothing_under_way(endpoint);
  found->one.held = held;
  return db_.write([&](sql::Tx& tx) -> Result<void> {
    TRY(put_case(tx, found->one));
    return governance::audit(tx, {clock_.now_ms(), std::string(actor), held ? "rollout.hold" : "rollout.resume", governance::urn("policy", found->policy.name),
                                  json::Object{{"case", found->one.id}}});
  });
}

Result<void> Service::advance(std::string_view endpoint, std::string_view reason, std::string_view actor) {
  auto found = TRY(under_way(endpoint));
  if (!found || found->one.state != "rolling_out") return nothing_under_way(endpoint);
  TRY(Mover(*this, found->policy, clock_.now_ms()).advance(found->one, with_reason(actor, reason)));
  return {};
}

Result<std::int64_t> Service::roll_back(std::string_view endpoint, std::string_view reason, std::string_view actor) {
  const auto why = with_reason(actor, reason);
  auto found = TRY(under_way(endpoint));
  if (found && found->one.champion > 0) {
    TRY(Mover(*this, found->policy, clock_.now_ms()).roll_back(found->one, why, {}));
    return found->one.champion;
  }
  const auto before = TRY(serving_.endpoint(endpoint));
  const auto replaced = champion_of(before);
  const auto revision = TRY(serving_.roll_back(endpoint, why, actor));
  const auto version = revision.main_version();
  if (const auto champion = registry_.by_alias(before.config.model, "champion"); champion && champion->version == replaced) {
    TRY(registry_.set_alias(before.config.model, "champion", version, actor));
  }
  return version;
}

Result<std::optional<Progress>> Service::progress(std::string_view endpoint) {
  for (const auto& policy : TRY(list())) {
    if (policy.definition.endpoint != endpoint) continue;
    const auto newest = TRY(cases(policy.name, 1));
    if (newest.empty() || (newest.front().state != "rolling_out" && newest.front().state != "watching")) continue;
    const auto& one = newest.front();
    const auto& rollout = policy.definition.rollout;
    Progress progress{policy.name, one, {}, 0, 0, 0, {}};
    if (rollout.shadow_rows > 0) progress.stages.emplace_back("shadow");
    for (const auto& canary : rollout.canary) progress.stages.push_back(fmt::format("canary {:.3g} %", canary.weight * 100));
    progress.stages.emplace_back("all traffic");
    if (rollout.watch_labelled_rows > 0) progress.stages.emplace_back("watch");
    if (one.state == "watching") {
      progress.index = progress.stages.size() - 1;
      progress.rows = labelled_in(TRY(monitoring_.labelled_windows(endpoint, one.full_ms))).rows;
      progress.rows_needed = rollout.watch_labelled_rows;
      return progress;
    }
    const std::int64_t first = rollout.shadow_rows > 0 ? 0 : 1;
    progress.index = static_cast<std::size_t>(std::max(one.stage, first) - first);  // before its first stage it is shown at it
    auto stage = stage_progress(one, rollout, TRY(serving_.status(endpoint)));
    progress.rows = stage.rows;
    progress.rows_needed = stage.needed;
    progress.checks = std::move(stage.checks);
    return progress;
  }
  return std::nullopt;
}

}  // namespace gyre::policy

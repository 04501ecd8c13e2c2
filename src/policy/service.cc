#include <fmt/format.h>

#include <algorithm>

#include "base/log.h"
#include "governance/governance.h"
#include "policy/mover.h"
#include "policy/progress.h"

namespace gyre::policy {
namespace {

struct Row {
  std::string name, definition;
  bool paused;
};

struct Number {
  std::int64_t n;
};

// The first moment of the schedule behind `after_ms`.
TimeMs next_moment(const When& when, TimeMs after_ms) {
  if (after_ms < when.from_ms) return when.from_ms;
  return when.from_ms + ((after_ms - when.from_ms) / when.every_ms + 1) * when.every_ms;
}

Result<TimeMs> scheduled_at(sql::Tx& tx, std::string_view name) {
  return TRY(tx.select<Number>("SELECT scheduled_ms FROM policies WHERE name = $1", name)).front().n;
}

}  // namespace

Result<Policy> Service::apply(std::string_view name, const json::Value& value, std::string_view actor) {
  const auto definition = TRY(read_definition(value));
  TRY(check_names(definition));
  TRY(db_.write([&](sql::Tx& tx) -> Result<void> {
    const auto text = json::to_text(value);
    const auto now_ms = clock_.now_ms();
    const auto there = TRY(tx.select_one<Row>("SELECT name, definition, paused FROM policies WHERE name = $1", name));
    if (there && there->definition == text) return {};
    const auto scheduled = definition.when.every_ms > 0 ? next_moment(definition.when, now_ms) : 0;
    TRY(
        tx.exec("INSERT INTO policies (name, definition, paused, created_ms, scheduled_ms) VALUES ($1, $2, 0, $3, $4) ON CONFLICT (name) DO UPDATE SET "
                "definition = excluded.definition, "
                "scheduled_ms = excluded.scheduled_ms",
                name, text, now_ms, scheduled));
    const auto urn = governance::urn("policy", name);
    TRY(governance::put_node(tx, {urn, "policy", std::string(name), now_ms, {}}));
    return governance::audit(tx, {now_ms, std::string(actor), there ? "policy.change" : "policy.create", urn, value});
  }));
  return policy(name);
}

Result<std::vector<Policy>> Service::list() {
  return db_.read([](sql::Tx& tx) -> Result<std::vector<Policy>> {
    std::vector<Policy> policies;
    for (const auto& row : TRY(tx.select<Row>("SELECT name, definition, paused FROM policies ORDER BY name"))) {
      auto value = TRY(json::parse(row.definition));
      auto definition = TRY(read_definition(value));
      policies.push_back({row.name, std::move(definition), std::move(value), row.paused});
    }
    return policies;
  });
}

Result<Policy> Service::policy(std::string_view name) {
  for (auto& policy : TRY(list())) {
    if (policy.name == name) return std::move(policy);
  }
  return fail(Code::not_found, fmt::format("there is no policy '{:.80}'", name), {}, "gyre policy ls lists those that are");
}

Result<void> Service::set_paused(std::string_view name, bool paused, std::string_view actor) {
  TRY(policy(name));
  return db_.write([&](sql::Tx& tx) -> Result<void> {
    TRY(tx.exec("UPDATE policies SET paused = $1 WHERE name = $2", paused, name));
    return governance::audit(tx, {clock_.now_ms(), std::string(actor), paused ? "policy.pause" : "policy.resume", governance::urn("policy", name), {}});
  });
}

Result<std::vector<Case>> Service::cases(std::string_view policy, std::size_t limit) {
  return db_.read([&](sql::Tx& tx) { return select_cases(tx, policy, limit); });
}

Result<std::optional<Case>> Service::find_case(std::string_view id) {
  return db_.read([&](sql::Tx& tx) { return select_case(tx, id); });
}

Result<std::vector<Decision>> Service::decisions(std::string_view policy, std::size_t limit) { return decisions({.policy = std::string(policy)}, limit, 0); }

Result<std::vector<Decision>> Service::decisions(const DecisionFilter& filter, std::size_t limit, std::size_t offset) {
  return db_.read([&](sql::Tx& tx) { return select_decisions(tx, filter, limit, offset); });
}

Result<std::int64_t> Service::count_decisions(const DecisionFilter& filter) {
  return db_.read([&](sql::Tx& tx) { return policy::count_decisions(tx, filter); });
}

Result<std::map<std::string, std::int64_t>> Service::count_by_verdict(std::string_view policy) {
  struct Row {
    std::string verdict;
    std::int64_t n;
  };
  std::map<std::string, std::int64_t> counts;
  for (auto& row :
       TRY(db_.read([&](sql::Tx& tx) { return tx.select<Row>("SELECT verdict, COUNT(*) FROM decisions WHERE policy = $1 GROUP BY verdict", policy); })))
    counts[row.verdict] = row.n;
  return counts;
}

Result<std::optional<Decision>> Service::answer_to(std::string_view alert) {
  return db_.read([&](sql::Tx& tx) { return select_answer(tx, alert); });
}

Result<std::vector<Decision>> Service::decisions_between(std::string_view policy, TimeMs from_ms, TimeMs to_ms, std::size_t limit) {
  return decisions({.policy = std::string(policy), .from_ms = from_ms, .to_ms = to_ms}, limit, 0);
}

Result<Decision> Service::decision(std::string_view id) {
  auto found = TRY(db_.read([&](sql::Tx& tx) { return select_decision(tx, id); }));
  if (!found) return fail(Code::not_found, fmt::format("there is no decision '{:.80}'", id), {}, "gyre policy decisions POLICY lists those that are");
  return std::move(*found);
}

Result<std::optional<TimeMs>> Service::next_schedule(std::string_view name) {
  const auto at = TRY(db_.read([&](sql::Tx& tx) { return scheduled_at(tx, name); }));
  return at > 0 ? std::optional(at) : std::nullopt;
}

Result<void> Service::run_one(const Policy& policy, TimeMs now_ms, DutyState& state) {
  const auto still = hold_still(policy.name);
  Mover mover(*this, policy, now_ms);
  auto earlier = TRY(cases(policy.name, kMaxCases));
  if (!earlier.empty() && earlier.front().is_open()) {
    state.worked |= TRY(mover.move(earlier.front()));
  } else {
    const auto scheduled = TRY(db_.read([&](sql::Tx& tx) { return scheduled_at(tx, policy.name); }));
    state.worked |= TRY(mover.triggered(earlier, scheduled)).has_value();
    if (policy.definition.when.every_ms > 0 && scheduled > 0 && scheduled <= now_ms) {
      TRY(db_.write([&](sql::Tx& tx) {
        return tx.exec("UPDATE policies SET scheduled_ms = $1 WHERE name = $2", next_moment(policy.definition.when, now_ms), policy.name);
      }));
    }
    const auto rested_ms = cool_down_end(policy.definition, earlier);
    if (rested_ms > now_ms) state.due_at(rested_ms);
  }
  if (const auto next = TRY(next_schedule(policy.name)); next && *next > now_ms) state.due_at(*next);
  return {};
}

// A policy that cannot go on does not hold up the others.
Result<DutyState> Service::run_due(TimeMs now_ms) {
  DutyState state;
  std::optional<Error> trouble;
  for (const auto& policy : TRY(list())) {
    if (policy.paused || !serving_.endpoint(policy.definition.endpoint) || !pipelines_.pipeline(policy.definition.pipeline)) continue;
    if (const auto ran = run_one(policy, now_ms, state); !ran && !trouble) trouble = within(fmt::format("policy '{}'", policy.name), ran.error()).error();
  }
  if (trouble) return std::unexpected(*trouble);
  return state;
}

}  // namespace gyre::policy

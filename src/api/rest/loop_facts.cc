#include <algorithm>

#include "api/rest/loop.h"

namespace gyre::rest {
namespace {

constexpr std::size_t kMaxCases = 1000, kMaxAlerts = 50;
constexpr std::int64_t kMaxVersions = 200;

// What a policy is worth looking at: one that rolls out before one that only proposes, then one that is at work, then one
// that minds alerts.
int rank_of(const policy::Policy& policy, bool open) {
  return (policy.definition.rollout.none ? 0 : 8) + (open ? 4 : 0) + (policy.definition.when.alerts.empty() ? 0 : 2);
}

// The order of names decides among equals.
Result<void> choose_policy(const Rooms& rooms, LoopFacts& facts) {
  int best = -1;
  for (auto& policy : TRY(rooms.policy.list())) {
    auto cases = TRY(rooms.policy.cases(policy.name, kMaxCases));
    const bool open = !cases.empty() && cases.front().is_open();
    const int rank = rank_of(policy, open);
    if (rank <= best) continue;
    best = rank;
    facts.open_case = open ? std::optional(cases.front()) : std::nullopt;
    facts.policy = std::move(policy);
    facts.cases = std::move(cases);
  }
  return {};
}

Result<void> gather_serving(const Rooms& rooms, LoopFacts& facts) {
  for (auto& endpoint : TRY(rooms.serving.list())) {
    const bool wanted = facts.policy && endpoint.name == facts.policy->definition.endpoint;
    if (wanted || !facts.endpoint) facts.endpoint = std::move(endpoint);
    if (wanted) break;
  }
  if (!facts.endpoint) return {};
  facts.serving = TRY(rooms.serving.status(facts.endpoint->name));
  double weight = 0;
  for (const auto& route : facts.endpoint->revision ? facts.endpoint->revision->routes : std::vector<serving::Route>()) {
    if (route.role == "primary" && route.weight > weight) facts.champion = route.version, weight = route.weight;
  }
  return {};
}

Result<void> gather_monitoring(const Rooms& rooms, LoopFacts& facts) {
  if (facts.endpoint) facts.monitor = TRY(rooms.monitoring.monitor_of(facts.endpoint->name));
  if (!facts.monitor) {
    auto all = TRY(rooms.monitoring.list());
    if (all.empty()) return {};
    facts.monitor = std::move(all.front());
  }
  const auto span_ms = facts.monitor->definition.window_ms * static_cast<std::int64_t>(kSparkPoints + 1);
  const auto last_ms = TRY(rooms.monitoring.summary(facts.monitor->name)).last_ms;  // may be long ago: what was seen last is still the state
  facts.windows = TRY(rooms.monitoring.windows(facts.monitor->name, last_ms - span_ms, last_ms + facts.monitor->definition.window_ms));
  if (facts.windows.size() > kSparkPoints) facts.windows.erase(facts.windows.begin(), facts.windows.end() - static_cast<std::ptrdiff_t>(kSparkPoints));
  facts.rules = TRY(rooms.monitoring.rules(facts.monitor->name));
  facts.alerts = TRY(rooms.monitoring.alerts(facts.monitor->name, "", kMaxAlerts));
  return {};
}

// The repository whose head a run of the pipeline reads.
std::string repo_of(const pipelines::Definition& definition) {
  if (!definition.repository.empty()) return definition.repository;
  for (const auto& step : definition.steps) {
    for (const auto& [name, source] : step.inputs) {
      if (!pipelines::step_output(source)) return source.substr(0, source.find_first_of("@/"));
    }
  }
  return "";
}

Result<void> gather_training(const Rooms& rooms, LoopFacts& facts) {
  for (auto& pipeline : TRY(rooms.pipelines.list())) {
    const bool wanted = facts.policy && pipeline.name == facts.policy->definition.pipeline;
    if (wanted || !facts.pipeline) facts.pipeline = std::move(pipeline);
    if (wanted) break;
  }
  if (!facts.pipeline) return {};
  facts.runs = TRY(rooms.pipelines.runs(facts.pipeline->name, kSparkPoints));
  facts.repo = repo_of(facts.pipeline->definition);
  return {};
}

Result<void> gather_data(const Rooms& rooms, LoopFacts& facts) {
  const auto repos = TRY(rooms.datasets.repos());
  const bool known = std::ranges::any_of(repos, [&](const auto& repo) { return repo.name == facts.repo; });
  if (!known) facts.repo = repos.empty() ? "" : repos.front().name;
  for (const auto& repo : repos) {
    if (repo.name == facts.repo && !repo.head.empty()) facts.commits = TRY(rooms.datasets.log(repo.name, kSparkPoints));
  }
  return {};
}

Result<void> gather_model(const Rooms& rooms, LoopFacts& facts) {
  facts.model = facts.endpoint ? facts.endpoint->config.model : facts.policy ? facts.policy->definition.model : "";
  if (facts.model.empty()) {
    const auto models = TRY(rooms.registry.models("", 1, 0));
    if (!models.empty()) facts.model = models.front().name;
  }
  if (facts.model.empty()) return {};
  auto versions = rooms.registry.versions(facts.model, "", kMaxVersions, 0);
  if (versions) facts.versions = std::move(*versions);
  if (!versions && versions.error().code != Code::not_found) return std::unexpected(versions.error());  // an endpoint may be declared before its model
  return {};
}

// How near a rule's value is to its limit: 1 is at it, more is beyond.
double nearness(const monitoring::RuleState& state) {
  if (!state.value || state.rule.limit() == 0) return 0;
  return state.rule.above ? *state.value / state.rule.limit() : state.rule.limit() / std::max(*state.value, 1e-9);
}

}  // namespace

const monitoring::Alert* LoopFacts::open_alert() const {
  const monitoring::Alert* worst = nullptr;
  for (const auto& alert : alerts) {
    if (alert.state != "open") continue;
    if (!worst || (worst->severity == "warn" && alert.severity != "warn")) worst = &alert;
  }
  return worst;
}

const monitoring::RuleState* LoopFacts::watched_rule() const {
  const monitoring::RuleState* nearest = nullptr;
  for (const auto& state : rules) {
    if (!state.value) continue;
    if (!nearest || std::pair(state.state == "open", nearness(state)) > std::pair(nearest->state == "open", nearness(*nearest))) nearest = &state;
  }
  return nearest;
}

Result<LoopFacts> gather_loop(const Rooms& rooms) {
  LoopFacts facts;
  facts.now_ms = rooms.clock.now_ms();
  TRY(choose_policy(rooms, facts));
  TRY(gather_serving(rooms, facts));
  TRY(gather_monitoring(rooms, facts));
  TRY(gather_training(rooms, facts));
  TRY(gather_data(rooms, facts));
  TRY(gather_model(rooms, facts));
  return facts;
}

}  // namespace gyre::rest

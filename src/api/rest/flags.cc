#include "api/rest/flags.h"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>

namespace gyre::rest {
namespace {

using Names = std::vector<std::string>;  // "" stands for all

// Whose history is wanted, room by room.
struct Scope {
  Names endpoints, monitors, policies, repos;
};

template <class T>
Names names_where(const std::vector<T>& all, auto&& wanted) {
  Names names;
  for (const auto& one : all) {
    if (wanted(one)) names.push_back(one.name);
  }
  return names;
}

// What belongs to the endpoints that `wanted` takes.
Result<Scope> scope_of_endpoints(const Rooms& rooms, auto&& wanted) {
  Scope scope;
  scope.endpoints = names_where(TRY(rooms.serving.list()), wanted);
  const auto among = [&](const auto& one) { return std::ranges::find(scope.endpoints, one.definition.endpoint) != scope.endpoints.end(); };
  scope.monitors = names_where(TRY(rooms.monitoring.list()), among);
  scope.policies = names_where(TRY(rooms.policy.list()), among);
  return scope;
}

Result<Scope> scope_of(const Rooms& rooms, std::string_view about) {
  if (about.empty()) return Scope{{""}, {""}, {""}, {""}};
  const auto colon = about.find(':');
  const auto kind = about.substr(0, colon);
  const std::string name(colon == std::string_view::npos ? "" : about.substr(colon + 1));
  if (kind == "repo") return Scope{{}, {}, {}, {TRY(rooms.datasets.repo(name)).name}};
  if (kind == "model") return scope_of_endpoints(rooms, [&](const auto& endpoint) { return endpoint.config.model == name; });
  if (kind == "endpoint") return scope_of_endpoints(rooms, [&](const auto& endpoint) { return endpoint.name == name; });
  if (kind == "monitor") {
    const auto monitor = TRY(rooms.monitoring.monitor(name));
    auto scope = TRY(scope_of_endpoints(rooms, [&](const auto& endpoint) { return endpoint.name == monitor.definition.endpoint; }));
    scope.monitors = {name};
    return scope;
  }
  if (kind == "policy") {
    const auto policy = TRY(rooms.policy.policy(name));
    auto scope = TRY(scope_of_endpoints(rooms, [&](const auto& endpoint) { return endpoint.name == policy.definition.endpoint; }));
    scope.policies = {name};
    return scope;
  }
  return fail(Code::invalid, fmt::format("'{:.80}' does not say what it is about", about), {},
              "endpoint:NAME, monitor:NAME, policy:NAME, model:NAME or repo:NAME");
}

std::string share_text(double weight) { return fmt::format("{:.3g} %", weight * 100); }

// "v3 went to 10 %": what the newest of its versions was given.
Flag revision_flag(const std::string& endpoint, const serving::Revision& revision) {
  const serving::Route* newest = nullptr;
  for (const auto& route : revision.routes) {
    if (!newest || route.version > newest->version) newest = &route;
  }
  const bool back = revision.is_roll_back(), shadow = newest && newest->role == "shadow", part = newest && !shadow && newest->weight < 1;
  Flag flag{fmt::format("{}@{}", endpoint, revision.number),
            revision.at_ms,
            back ? "rollback" : "deploy",
            back             ? "warn"
            : shadow || part ? "canary"
                             : "ok",
            "",
            endpoint_link(endpoint)};
  if (!newest) {
    flag.text = fmt::format("{} answers nothing any more", endpoint);
  } else if (back) {
    flag.text = fmt::format("Rolled back to v{}", newest->version);
  } else if (shadow) {
    flag.text = fmt::format("v{} went into shadow", newest->version);
  } else if (part) {
    flag.text = fmt::format("v{} went to {}", newest->version, share_text(newest->weight));
  } else {
    flag.text = fmt::format("v{} took all traffic", newest->version);
  }
  return flag;
}

Flag opened_flag(const monitoring::Alert& alert) {
  const auto text = fmt::format("{} {}", alert.rule, beyond_text(alert.value, alert.limit));
  return {alert.id + "-o", alert.opened_ms, "alert", alert.severity == "warn" ? "warn" : "crit", text, alert_link(alert.id, alert.rule)};
}

Flag resolved_flag(const monitoring::Alert& alert) {
  return {alert.id + "-r", alert.resolved_ms, "resolve", "ok", fmt::format("{} is back to normal", alert.rule), alert_link(alert.id, alert.rule)};
}

// Those that no other flag tells of: what a decision did to the endpoint is told by the endpoint's revision.
std::optional<Flag> decision_flag(const policy::Decision& decision) {
  const auto flag = [&](std::string kind, std::string status) {
    auto text = decision.reason.empty() ? decision.text : fmt::format("{}: {}", decision.text, decision.reason);
    return Flag{decision.id, decision.at_ms, std::move(kind), std::move(status), std::move(text), decision_link(decision.policy, decision.id)};
  };
  if (decision.verdict == "train") return flag("retrain", "run");
  if (decision.verdict == "gate" || decision.verdict == "keep") return flag("decision", "ok");
  if (decision.verdict == "refuse" || decision.verdict == "fail") return flag("decision", "crit");
  return std::nullopt;
}

Flag commit_flag(const datasets::Commit& commit) {
  auto link = commit_link(commit.repo, commit.id);
  auto text = fmt::format("{}: {}", link.ref, commit.message);
  return {link.ref, commit.at_ms, "commit", "ok", std::move(text), std::move(link)};
}

class Gathering {
 public:
  explicit Gathering(const FlagQuery& query) : query_(query) {}

  bool wants(std::string_view kind) const {
    return std::ranges::find(query_.kinds, kind) != query_.kinds.end() || (query_.kinds.empty() && (kind != "commit" || query_.about.starts_with("repo:")));
  }
  bool wants_any(std::initializer_list<std::string_view> kinds) const {
    return std::ranges::any_of(kinds, [&](std::string_view kind) { return wants(kind); });
  }
  void add(Flag flag) {
    if (wants(flag.kind) && flag.at_ms >= query_.from_ms && flag.at_ms < query_.to_ms) flags_.push_back(std::move(flag));
  }
  std::vector<Flag> newest() {
    std::ranges::sort(flags_,
                      [](const Flag& a, const Flag& b) { return std::tie(a.at_ms, a.id) > std::tie(b.at_ms, b.id); });  // ids of one kind grow with time
    if (flags_.size() > query_.limit) flags_.resize(query_.limit);
    return std::move(flags_);
  }

 private:
  const FlagQuery& query_;
  std::vector<Flag> flags_;
};

}  // namespace

Result<std::vector<Flag>> find_flags(const Rooms& rooms, const FlagQuery& query) {
  const auto scope = TRY(scope_of(rooms, query.about));
  Gathering found(query);
  for (const auto& endpoint : scope.endpoints) {
    if (!found.wants_any({"deploy", "rollback"})) break;
    for (const auto& named : TRY(rooms.serving.revisions_between(endpoint, query.from_ms, query.to_ms, kMaxFlags)))
      found.add(revision_flag(named.endpoint, named.revision));
  }
  for (const auto& policy : scope.policies) {
    if (!found.wants_any({"retrain", "decision"})) break;
    for (const auto& decision : TRY(rooms.policy.decisions_between(policy, query.from_ms, query.to_ms, kMaxFlags))) {
      if (auto flag = decision_flag(decision)) found.add(std::move(*flag));
    }
  }
  for (const auto& monitor : scope.monitors) {
    if (!found.wants_any({"alert", "resolve"})) break;
    for (const auto& alert : TRY(rooms.monitoring.alerts_between(monitor, query.from_ms, query.to_ms, kMaxFlags))) {
      found.add(opened_flag(alert));
      if (alert.resolved_ms > 0) found.add(resolved_flag(alert));
    }
  }
  for (const auto& repo : scope.repos) {
    if (!found.wants("commit")) break;
    for (const auto& commit : TRY(rooms.datasets.commits_between(repo, query.from_ms, query.to_ms, kMaxFlags))) found.add(commit_flag(commit));
  }
  return found.newest();
}

void write(json::Writer& writer, const Flag& flag) {
  writer.begin_object();
  writer.field("id", flag.id);
  writer.field("at", to_iso(flag.at_ms));
  writer.field("kind", flag.kind);
  writer.field("status", flag.status);
  writer.field("text", flag.text);
  link_field(writer, "link", flag.link);
  writer.end_object();
}

void flags_field(json::Writer& writer, std::string_view name, const std::vector<Flag>& flags) {
  writer.key(name);
  writer.begin_array();
  for (const auto& flag : flags) write(writer, flag);
  writer.end_array();
}

}  // namespace gyre::rest

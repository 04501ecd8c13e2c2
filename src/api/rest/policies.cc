// /policies: when is a model retrained, and why was it not?
#include <algorithm>

#include "api/rest/policy.h"
#include "api/rest/yaml_text.h"
#include "base/words.h"

namespace gyre::rest {
namespace {

std::string_view status_of(const policy::Policy& policy, const policy::Standing& standing) {
  if (policy.paused) return "none";
  if (standing.last && standing.last->is_open()) return policy_case_status(*standing.last);
  const bool met = std::ranges::any_of(standing.when, [](const policy::Clause& clause) { return clause.state == "met"; });
  return met ? "warn" : "ok";
}

std::string rev_of(const policy::Policy& policy, const policy::Standing& standing) {
  return fmt::format("{}{}", policy.paused ? "paused-" : "", standing.last ? standing.last->id + "-" + standing.last->state : "");
}

void counts_field(Writer& writer, const std::map<std::string, std::int64_t>& counts) {
  const auto of = [&](const char* verdict) {
    const auto found = counts.find(verdict);
    return found == counts.end() ? 0 : found->second;
  };
  std::int64_t all = 0;
  for (const auto& [verdict, count] : counts) all += count;
  writer.key("counts");
  writer.begin_object();
  writer.field("decisions", all);
  writer.field("trained", of("train"));
  writer.field("promoted", of("promote"));
  writer.field("refused", of("refuse"));
  writer.field("rolled_back", of("rollback"));
  writer.end_object();
}

Result<void> row_fields(Writer& writer, const Rooms& rooms, const policy::Policy& policy, const policy::Standing& standing) {
  const auto& d = policy.definition;
  link_fields(writer, policy_link(policy.name, rev_of(policy, standing)));
  writer.field("status", status_of(policy, standing));
  writer.field("state", policy.paused ? "paused" : "on");
  writer.field("sentence", standing.sentence);
  link_field(writer, "model", model_link(d.model));
  link_field(writer, "endpoint", endpoint_link(d.endpoint));
  link_field(writer, "pipeline", pipeline_link(d.pipeline));
  maybe_time_field(writer, "next_check_at", policy.paused ? 0 : standing.next_check_ms.value_or(0));
  counts_field(writer, TRY(rooms.policy.count_by_verdict(policy.name)));
  return {};
}

void clauses_field(Writer& writer, std::string_view name, const std::vector<policy::Clause>& clauses) {
  writer.key(name);
  writer.begin_array();
  for (const auto& clause : clauses) {
    writer.begin_object();
    writer.field("kind", clause.kind);
    writer.field("text", clause.text);
    writer.field("state", clause.state);
    maybe_figure_field(writer, "value", clause.value);
    maybe_figure_field(writer, "limit", clause.limit);
    writer.field("comparison", clause.comparison);
    writer.field("unit", clause.unit);
    maybe_figure_field(writer, "fraction", clause.fraction);
    maybe_integer_field(writer, "n", clause.n);
    maybe_time_field(writer, "at", clause.at_ms);
    writer.field("note", clause.note);
    maybe_link_field(writer, "link", clause.monitor.empty() ? std::nullopt : std::optional(monitor_link(clause.monitor)));
    writer.end_object();
  }
  writer.end_array();
}

void then_field(Writer& writer, const std::vector<policy::Step>& steps) {
  writer.key("then");
  writer.begin_array();
  for (const auto& step : steps) {
    writer.begin_object();
    writer.field("kind", step.kind);
    writer.field("text", step.text);
    writer.field("state", step.state);
    writer.end_object();
  }
  writer.end_array();
}

Result<net::Response> list_policies(const Rooms& rooms, const net::Request&) {
  const auto policies = TRY(rooms.policy.list());
  Writer writer;
  writer.begin_object();
  writer.field("total", static_cast<std::int64_t>(policies.size()));
  writer.key("cursor");
  writer.null();
  writer.key("rows");
  writer.begin_array();
  for (const auto& policy : policies) {
    writer.begin_object();
    TRY(row_fields(writer, rooms, policy, TRY(rooms.policy.standing(policy))));
    writer.end_object();
  }
  writer.end_array();
  writer.end_object();
  return reply(writer);
}

Result<net::Response> get_policy(const Rooms& rooms, const net::Request& request) {
  const auto policy = TRY(rooms.policy.policy(request.parameter("policy")));
  const auto standing = TRY(rooms.policy.standing(policy));
  const bool open = standing.last && standing.last->is_open();
  Writer writer;
  writer.begin_object();
  TRY(row_fields(writer, rooms, policy, standing));
  clauses_field(writer, "when", standing.when);
  clauses_field(writer, "guard", standing.guard);
  then_field(writer, standing.then);
  case_field(writer, "case", policy, standing.last);
  writer.field("yaml", fmt::format("policies:\n  {}:\n{}", policy.name, yaml_text(policy.value, 4)));
  abilities_field(writer, "can",
                  {{"pause", policy.paused ? "It is paused." : ""},
                   {"resume", policy.paused ? "" : "It is on."},
                   {"fire", open ? fmt::format("A case is open: {}.", standing.last->state) : ""}});
  writer.end_object();
  return reply(writer);
}

struct ActionBody {
  std::string action, reason;
};
BOOST_DESCRIBE_STRUCT(ActionBody, (), (action, reason))

struct ReasonBody {
  std::string reason;
};
BOOST_DESCRIBE_STRUCT(ReasonBody, (), (reason))

constexpr std::size_t kMaxReasonBytes = 500;

Result<net::Response> carry_out(const Rooms& rooms, const net::Request& request, const std::string& action, const std::string& reason) {
  const auto policy = TRY(rooms.policy.policy(request.parameter("policy")));
  if (reason.size() > kMaxReasonBytes) return fail(Code::invalid, fmt::format("'reason' has {} bytes; at most {} are kept", reason.size(), kMaxReasonBytes));
  std::string text;
  if (action == "pause" || action == "resume") {
    TRY(rooms.policy.set_paused(policy.name, action == "pause", actor_of(request)));
    text = fmt::format("{} {}", policy.name, action == "pause" ? "paused" : "resumed");
  } else if (action == "fire") {
    TRY(rooms.policy.fire(policy.name, reason, actor_of(request)));
    text = fmt::format("{} opened a case", policy.name);
  } else {
    return fail(Code::invalid, fmt::format("a policy cannot '{:.40}'", action), {}, "one of: pause, resume, fire");
  }
  return done(policy_link(policy.name), text, fmt::format("gyre policy {} {}", action, policy.name));
}

Result<net::Response> act_on_policy(const Rooms& rooms, const net::Request& request) {
  const auto wanted = TRY(body<ActionBody>(request));
  return carry_out(rooms, request, wanted.action, wanted.reason);
}

Result<net::Response> act_by_path(const Rooms& rooms, const net::Request& request) {
  const auto wanted = request.body.empty() ? ReasonBody{} : TRY(body<ReasonBody>(request));
  return carry_out(rooms, request, std::string(request.parameter("action")), wanted.reason);
}

}  // namespace

void case_field(Writer& writer, std::string_view name, const policy::Policy& policy, const std::optional<policy::Case>& one) {
  writer.key(name);
  if (!one) return writer.null();
  const auto version = [&](std::int64_t number) { return number > 0 ? std::optional(version_link(policy.definition.model, number)) : std::nullopt; };
  writer.begin_object();
  writer.field("id", one->id);
  writer.field("state", one->state);
  writer.field("status", policy_case_status(*one));
  writer.field("trigger", one->trigger);
  time_field(writer, "opened_at", one->opened_ms);
  maybe_time_field(writer, "closed_at", one->closed_ms);
  maybe_time_field(writer, "onset", one->onset_ms);
  maybe_link_field(writer, "alert", one->alert.empty() ? std::nullopt : std::optional(alert_link(one->alert, one->trigger.substr(one->trigger.find(' ') + 1))));
  maybe_link_field(writer, "pipeline_run",
                   one->pipeline_run.empty() ? std::nullopt : std::optional(pipeline_run_link(policy.definition.pipeline, one->pipeline_run)));
  maybe_link_field(writer, "candidate", version(one->candidate));
  maybe_link_field(writer, "champion", version(one->champion));
  writer.end_object();
}

void add_policy_routes(net::Router& router, const Rooms& rooms) {
  add(router, rooms, "GET", "/policies", list_policies);
  add(router, rooms, "GET", "/policies/:policy", get_policy);
  add(router, rooms, "POST", "/policies/:policy", act_on_policy);
  add(router, rooms, "POST", "/policies/:policy/:action", act_by_path);
  add_decision_routes(router, rooms);
}

}  // namespace gyre::rest

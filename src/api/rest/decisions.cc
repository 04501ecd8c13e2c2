// /policies/{policy}/decisions, /decisions/{decision}: what was decided, and on what evidence; also "not yet" and "no".
#include "api/rest/monitoring.h"
#include "api/rest/policy.h"
#include "api/rest/refs.h"

namespace gyre::rest {
namespace {

void row_fields(Writer& writer, const policy::Policy& policy, const policy::Decision& decision) {
  const auto counts = count_passed(decision.checks);
  link_fields(writer, decision_link(policy.name, decision.id));
  writer.field("id", decision.id);
  time_field(writer, "at", decision.at_ms);
  writer.field("verdict", decision.verdict);
  writer.field("status", decision_status(decision.verdict));
  writer.field("text", decision.text);
  writer.field("reason", decision.reason);
  writer.field("case_id", decision.case_id);
  link_field(writer, "policy", policy_link(policy.name));
  maybe_link_field(writer, "candidate", decision.candidate > 0 ? std::optional(version_link(policy.definition.model, decision.candidate)) : std::nullopt);
  writer.field("passed", counts.passed);
  writer.field("checked", counts.checked);
}

Result<net::Response> list_decisions(const Rooms& rooms, const net::Request& request) {
  const auto policy = TRY(rooms.policy.policy(request.parameter("policy")));
  const auto page = TRY(page_of(request));
  const auto offset = TRY(page.offset());
  const auto verdict =
      TRY(query_choice(request, "verdict", {"open", "wait", "train", "gate", "refuse", "advance", "promote", "rollback", "keep", "skip", "fail"}, ""));
  // A decision of this very moment belongs to a range that ends now.
  const policy::DecisionFilter filter{.policy = policy.name,
                                      .verdict = verdict,
                                      .case_id = {},
                                      .candidate = 0,
                                      .from_ms = TRY(query_time(request, "from", 0)),
                                      .to_ms = TRY(query_time(request, "to", INT64_MAX))};
  const auto total = TRY(rooms.policy.count_decisions(filter));
  const auto rows = TRY(rooms.policy.decisions(filter, static_cast<std::size_t>(page.limit), static_cast<std::size_t>(offset)));
  const auto next = offset + static_cast<std::int64_t>(rows.size());
  return list_reply(total, next < total ? std::optional(std::to_string(next)) : std::nullopt, rows, [&](Writer& writer, const policy::Decision& row) {
    writer.begin_object();
    row_fields(writer, policy, row);
    writer.end_object();
  });
}

// The checks as they are stored, figures to the last digit.
void evidence_field(Writer& writer, const policy::Decision& decision) {
  writer.key("evidence");
  writer.begin_object();
  writer.field("verdict", decision.verdict);
  writer.field("case", decision.case_id);
  strings_field(writer, "links", decision.links);
  writer.key("checks");
  writer.begin_array();
  for (const auto& check : decision.checks) {
    writer.begin_object();
    writer.field("name", check.name);
    writer.field("metric", check.metric);
    maybe_figure_field(writer, "value", check.measured ? std::optional(check.value) : std::nullopt);
    writer.field("comparison", check.comparison);
    writer.field("limit", check.limit);
    if (check.low) writer.field("low", *check.low);
    if (check.high) writer.field("high", *check.high);
    if (check.low && check.high) writer.field("level", check.level);
    writer.field("n", check.n);
    writer.field("passed", check.passed);
    writer.end_object();
  }
  writer.end_array();
  writer.end_object();
}

Result<net::Response> get_decision(const Rooms& rooms, const net::Request& request) {
  const auto decision = TRY(rooms.policy.decision(request.parameter("decision")));
  const auto policy = TRY(rooms.policy.policy(decision.policy));
  Writer writer;
  writer.begin_object();
  row_fields(writer, policy, decision);
  const auto candidate = decision.candidate > 0 ? std::optional(version_link(policy.definition.model, decision.candidate)) : std::nullopt;
  checks_field(writer, "checks", decision.checks, false, candidate);
  case_field(writer, "case", policy, TRY(rooms.policy.find_case(decision.case_id)));
  writer.key("links");
  writer.begin_array();
  for (const auto& urn : decision.links) write(writer, link_of(urn));
  writer.end_array();
  evidence_field(writer, decision);
  writer.end_object();
  return reply(writer);
}

}  // namespace

void add_decision_routes(net::Router& router, const Rooms& rooms) {
  add(router, rooms, "GET", "/policies/:policy/decisions", list_decisions);
  add(router, rooms, "GET", "/decisions/:decision", get_decision);
}

}  // namespace gyre::rest

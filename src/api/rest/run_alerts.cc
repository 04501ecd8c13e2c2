// /run-alerts, /run-alert-rules
#include "api/rest/run_alerts.h"

#include <algorithm>

#include "api/rest/routes.h"
#include "api/rest/wire.h"

namespace gyre::rest {
namespace {

void alert_fields(Writer& writer, const alerting::Alert& alert) {
  writer.begin_object();
  writer.field("id", alert.id);
  writer.field("rule", alert.rule);
  writer.field("kind", alert.kind);
  writer.field("experiment", alert.experiment_id);
  link_field(writer, "run", run_link(alert.run_id, alert.run_name));
  writer.field("metric", alert.metric);
  writer.field("severity", alert.severity);
  writer.field("state", alert.state);
  writer.field("evidence", alert.evidence);
  time_field(writer, "opened_at", alert.opened_ms);
  maybe_time_field(writer, "resolved_at", alert.resolved_ms);
  writer.field("resolved_why", alert.resolved_why);
  maybe_time_field(writer, "acknowledged_at", alert.acknowledged_ms);
  writer.field("acknowledged_by", alert.acknowledged_by);
  writer.end_object();
}

Result<net::Response> list_alerts(const AlertRooms& rooms, const net::Request& request) {
  const auto page = TRY(page_of(request));
  const auto asked = [&](std::string_view name) { return std::string(request.query_text(name).value_or("")); };
  const alerting::AlertQuery query{.state = TRY(query_choice(request, "state", {"open", "resolved"}, "")),
                                   .run_id = asked("run"),
                                   .experiment_id = asked("experiment"),
                                   .rule = asked("rule"),
                                   .limit = page.limit,
                                   .offset = TRY(page.offset())};
  const auto total = TRY(rooms.alerting.count(query));
  const auto rows = TRY(rooms.alerting.alerts(query));
  const auto next = query.offset + std::ssize(rows);
  return list_reply(total, next < total ? std::optional(std::to_string(next)) : std::nullopt, rows, alert_fields);
}

net::Response alert_reply(const alerting::Alert& alert) {
  Writer writer;
  alert_fields(writer, alert);
  return reply(writer);
}

Result<net::Response> get_alert(const AlertRooms& rooms, const net::Request& request) {
  return alert_reply(TRY(rooms.alerting.alert(request.parameter("alert"))));
}

struct ActionBody {
  std::string action;
};
BOOST_DESCRIBE_STRUCT(ActionBody, (), (action))

Result<net::Response> act_on_alert(const AlertRooms& rooms, const net::Request& request) {
  const auto wanted = TRY(body<ActionBody>(request)).action;
  if (wanted != "ack" && wanted != "unack") return fail(Code::invalid, fmt::format("'action' cannot be '{:.40}'", wanted), {}, "one of: ack, unack");
  return alert_reply(TRY(rooms.alerting.acknowledge(request.parameter("alert"), wanted == "ack", actor_of(request))));
}

struct RuleBody {
  std::string experiment, filter, metric, kind = "threshold", direction, severity = "warn", action = "none";
  double limit = 0, window = 0, minutes = 0;
  std::optional<double> clear;
  std::int64_t points = 1, clear_points = 0;
  std::vector<std::string> receivers;
  bool enabled = true;
};
BOOST_DESCRIBE_STRUCT(RuleBody, (),
                      (experiment, filter, metric, kind, direction, severity, action, limit, window, minutes, clear, points, clear_points, receivers, enabled))

void rule_fields(Writer& writer, const alerting::Rule& rule) {
  writer.begin_object();
  writer.field("name", rule.name);
  writer.field("text", words_of(rule));
  writer.field("experiment", rule.experiment);
  writer.field("filter", rule.filter);
  writer.field("metric", rule.metric);
  writer.field("kind", rule.kind);
  writer.field("direction", rule.direction);
  writer.field("limit", rule.limit);
  maybe_figure_field(writer, "clear", rule.clear);
  writer.field("window", rule.window);
  writer.field("minutes", rule.minutes);
  writer.field("points", rule.points);
  writer.field("clear_points", rule.clear_points);
  writer.field("severity", rule.severity);
  writer.field("action", rule.action);
  strings_field(writer, "receivers", rule.receivers);
  writer.field("enabled", rule.enabled);
  time_field(writer, "changed_at", rule.changed_ms);
  writer.end_object();
}

Result<net::Response> list_rules(const AlertRooms& rooms, const net::Request&) {
  const auto rules = TRY(rooms.alerting.rules());
  return list_reply(std::ssize(rules), std::nullopt, rules, rule_fields);
}

Result<net::Response> set_rule(const AlertRooms& rooms, const net::Request& request) {
  auto sent = TRY(body<RuleBody>(request));
  for (const auto& name : sent.receivers) TRY(rooms.notices.receiver(name));
  const alerting::Rule rule{.name = std::string(request.parameter("rule")),
                            .experiment = std::move(sent.experiment),
                            .filter = std::move(sent.filter),
                            .metric = std::move(sent.metric),
                            .kind = std::move(sent.kind),
                            .direction = std::move(sent.direction),
                            .limit = sent.limit,
                            .clear = sent.clear,
                            .window = sent.window,
                            .minutes = sent.minutes,
                            .points = sent.points,
                            .clear_points = sent.clear_points,
                            .severity = std::move(sent.severity),
                            .action = std::move(sent.action),
                            .receivers = std::move(sent.receivers),
                            .enabled = sent.enabled};
  Writer writer;
  rule_fields(writer, TRY(rooms.alerting.set(rule, actor_of(request))));
  return reply(writer);
}

net::Response told(std::string_view text) {
  Writer writer;
  writer.begin_object();
  writer.field("text", text);
  writer.end_object();
  return reply(writer);
}

Result<net::Response> remove_rule(const AlertRooms& rooms, const net::Request& request) {
  TRY(rooms.alerting.remove(request.parameter("rule"), actor_of(request)));
  return told(fmt::format("the rule {} is gone", request.parameter("rule")));
}

}  // namespace

void add_run_alert_routes(net::Router& router, const AlertRooms& rooms) {
  using AlertHandler = Result<net::Response> (*)(const AlertRooms&, const net::Request&);
  const auto add = [&](std::string_view method, std::string_view path, AlertHandler handler) {
    router.add(method, fmt::format("/api/v1/{}", path), [rooms, handler](const net::Request& request) { return handler(rooms, request); }, to_response,
               {.max_body_bytes = kMaxBodyBytes});
  };
  add("GET", "run-alerts", list_alerts);
  add("GET", "run-alerts/:alert", get_alert);
  add("POST", "run-alerts/:alert", act_on_alert);
  add("GET", "run-alert-rules", list_rules);
  add("PUT", "run-alert-rules/:rule", set_rule);
  add("DELETE", "run-alert-rules/:rule", remove_rule);
  add_receiver_routes(router, rooms.notices);
}

}  // namespace gyre::rest

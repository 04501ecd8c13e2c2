// /alerts: what broke, since when, and what was done about it.
#include <algorithm>

#include "api/rest/encode.h"
#include "api/rest/monitoring.h"
#include "base/words.h"

namespace gyre::rest {
namespace {

// What its rule says; of a rule that is gone what the alert itself remembers.
std::string text_of(const monitoring::Alert& alert, const std::optional<monitoring::Monitor>& monitor) {
  if (monitor) {
    const auto rule = std::ranges::find(monitor->definition.rules, alert.rule, &monitoring::Rule::name);
    if (rule != monitor->definition.rules.end()) return monitoring::rule_words(*rule);
  }
  return fmt::format("{}{} {} {}", monitoring::metric_words(alert.metric), alert.column.empty() ? "" : " of " + alert.column,
                     alert.is_above() ? "above" : "below", plain_figure(alert.limit));
}

// Alerts of one page often share their monitor, and its endpoint's model.
class Describer {
 public:
  explicit Describer(const Rooms& rooms) : rooms_(rooms) {}

  Result<void> write(Writer& writer, const monitoring::Alert& alert) {
    const auto& [monitor, model] = TRY(of(alert.monitor)).get();
    const auto answer = TRY(rooms_.policy.answer_to(alert.id));
    writer.begin_object();
    link_fields(writer, alert_link(alert.id, alert.rule, fmt::format("{}-{}-{}", alert.state, alert.acknowledged_ms, alert.muted_until_ms)));
    writer.field("id", alert.id);
    writer.field("rule", alert.rule);
    writer.field("text", text_of(alert, monitor));
    writer.field("severity", alert.severity);
    writer.field("state", alert.state);
    link_field(writer, "monitor", monitor_link(alert.monitor));
    maybe_link_field(writer, "version", alert.version > 0 && !model.empty() ? std::optional(version_link(model, alert.version)) : std::nullopt);
    time_field(writer, "onset", alert.onset_ms);
    maybe_time_field(writer, "opened_at", alert.opened_ms);
    maybe_time_field(writer, "resolved_at", alert.resolved_ms);
    writer.field("value", alert.value);
    writer.field("limit", alert.limit);
    writer.field("direction", alert.is_above() ? "above" : "below");
    writer.field("unit", monitoring::metric_unit(alert.metric));
    writer.field("n", alert.n);
    maybe_time_field(writer, "acknowledged_at", alert.acknowledged_ms);
    writer.field("acknowledged_by", alert.acknowledged_by);
    maybe_time_field(writer, "muted_until", alert.muted_until_ms > rooms_.clock.now_ms() ? alert.muted_until_ms : 0);
    maybe_link_field(writer, "answer", answer ? std::optional(decision_link(answer->policy, answer->id)) : std::nullopt);
    writer.end_object();
    return {};
  }

 private:
  struct Known {
    std::optional<monitoring::Monitor> monitor;
    std::string model;
  };
  Result<std::reference_wrapper<const Known>> of(const std::string& name) {
    const auto found = known_.find(name);
    if (found != known_.end()) return std::cref(found->second);
    Known fresh;
    if (auto monitor = rooms_.monitoring.monitor(name)) fresh.monitor = std::move(*monitor);
    if (fresh.monitor) {
      if (const auto endpoint = rooms_.serving.endpoint(fresh.monitor->definition.endpoint)) fresh.model = endpoint->config.model;
    }
    return std::cref(known_.emplace(name, std::move(fresh)).first->second);
  }

  const Rooms& rooms_;
  std::map<std::string, Known> known_;
};

Result<net::Response> list_alerts(const Rooms& rooms, const net::Request& request) {
  const auto page = TRY(page_of(request));
  const auto offset = TRY(page.offset());
  const auto monitor = request.query_text("monitor").value_or("");
  const auto state = TRY(query_choice(request, "state", {"pending", "open", "resolved"}, ""));
  const auto total = TRY(rooms.monitoring.count_alerts(monitor, state));
  const auto alerts = TRY(rooms.monitoring.alerts(monitor, state, static_cast<std::size_t>(page.limit), static_cast<std::size_t>(offset)));
  const auto next = offset + static_cast<std::int64_t>(alerts.size());
  Writer writer;
  Describer describer(rooms);
  writer.begin_object();
  writer.field("total", total);
  nullable_text_field(writer, "cursor", next < total ? std::to_string(next) : "");
  writer.key("rows");
  writer.begin_array();
  for (const auto& alert : alerts) TRY(describer.write(writer, alert));
  writer.end_array();
  writer.end_object();
  return reply(writer);
}

Result<net::Response> get_alert(const Rooms& rooms, const net::Request& request) {
  Writer writer;
  TRY(Describer(rooms).write(writer, TRY(rooms.monitoring.alert(request.parameter("alert")))));
  return reply(writer);
}

struct ActionBody {
  std::string action;
  std::optional<std::string> until;
};
BOOST_DESCRIBE_STRUCT(ActionBody, (), (action, until))

Result<std::string> carry_out(const Rooms& rooms, const monitoring::Alert& alert, const ActionBody& wanted, const std::string& actor) {
  if (wanted.action == "ack" || wanted.action == "unack") {
    TRY(rooms.monitoring.acknowledge(alert.id, wanted.action == "ack", actor));
    return wanted.action == "ack" ? fmt::format("{} acknowledged", alert.rule) : fmt::format("{} is no longer acknowledged", alert.rule);
  }
  if (wanted.action == "unmute") {
    TRY(rooms.monitoring.mute(alert.id, 0, actor));
    return fmt::format("{} is no longer muted", alert.rule);
  }
  if (wanted.action != "mute") return fail(Code::invalid, fmt::format("'action' cannot be '{:.40}'", wanted.action), {}, "one of: ack, unack, mute, unmute");
  if (!wanted.until) return fail(Code::invalid, "to mute an alert needs 'until'", {}, "for example \"until\": \"2001-04-03T00:00:00Z\"");
  const auto until_ms = TRY(from_iso(*wanted.until));
  TRY(rooms.monitoring.mute(alert.id, until_ms, actor));
  return fmt::format("{} muted until {}", alert.rule, to_iso(until_ms));
}

Result<net::Response> act(const Rooms& rooms, const net::Request& request, const ActionBody& wanted) {
  const auto alert = TRY(rooms.monitoring.alert(request.parameter("alert")));
  const auto text = TRY(carry_out(rooms, alert, wanted, actor_of(request)));
  return done(alert_link(alert.id, alert.rule), text, fmt::format("gyre monitor {} {}", wanted.action, alert.id));
}

Result<net::Response> act_on_alert(const Rooms& rooms, const net::Request& request) { return act(rooms, request, TRY(body<ActionBody>(request))); }
Result<net::Response> acknowledge_alert(const Rooms& rooms, const net::Request& request) { return act(rooms, request, {"ack", std::nullopt}); }

}  // namespace

void add_alert_routes(net::Router& router, const Rooms& rooms) {
  add(router, rooms, "GET", "/alerts", list_alerts);
  add(router, rooms, "GET", "/alerts/:alert", get_alert);
  add(router, rooms, "POST", "/alerts/:alert", act_on_alert);
  add(router, rooms, "POST", "/alerts/:alert/acknowledge", acknowledge_alert);
}

}  // namespace gyre::rest

// /monitors and /monitors/{monitor}: is the world still as the model learned it?
#include <algorithm>

#include "api/rest/encode.h"
#include "api/rest/monitoring.h"
#include "base/words.h"

namespace gyre::rest {
namespace {

constexpr std::size_t kSparkWindows = 24;

// All that a row tells of a monitor.
struct Overview {
  monitoring::Monitor monitor;
  monitoring::Summary summary;
  std::vector<monitoring::RuleState> rules;
  std::vector<monitoring::Window> recent;
};

Result<Overview> overview_of(const Rooms& rooms, monitoring::Monitor monitor) {
  Overview found{std::move(monitor), {}, {}, {}};
  found.summary = TRY(rooms.monitoring.summary(found.monitor.name));
  found.rules = TRY(rooms.monitoring.rules(found.monitor.name));
  const auto span_ms = static_cast<std::int64_t>(kSparkWindows + 1) * found.monitor.definition.window_ms;
  found.recent = TRY(rooms.monitoring.windows(found.monitor.name, found.summary.last_ms - span_ms, found.summary.last_ms));
  return found;
}

// The open rule of most weight, else the first: what a row of the list is about.
const monitoring::RuleState* telling_rule(const Overview& o) {
  const monitoring::RuleState* best = nullptr;
  const auto weight = [](const monitoring::RuleState& state) { return state.state != "open" ? 0 : state.rule.severity == "critical" ? 2 : 1; };
  for (const auto& state : o.rules) {
    if (!best || weight(state) > weight(*best)) best = &state;
  }
  return best;
}

std::string_view status_of(const Overview& o) {
  if (o.summary.predictions == 0) return "none";
  const auto* rule = telling_rule(o);
  if (!rule || rule->state != "open") return "ok";
  return rule->rule.severity == "critical" ? "crit" : "warn";
}

std::string sentence_of(const Overview& o, TimeMs now_ms) {
  if (o.summary.predictions == 0) return "Waits for its first predictions.";
  if (o.recent.empty()) return fmt::format("Waits for its first window of {} to end.", plain_duration(o.monitor.definition.window_ms));
  const auto* rule = telling_rule(o);
  if (!rule) return "Watches without rules: nothing can alert.";
  if (rule->state != "open") return o.rules.size() == 1 ? fmt::format("{} is quiet.", rule->rule.name) : fmt::format("All {} rules are quiet.", o.rules.size());
  return fmt::format("{} {} {} {} since {}.", rule->rule.name, plain_figure(rule->value.value_or(0)), rule->rule.above ? "over" : "under",
                     plain_figure(rule->rule.limit()), plain_day(rule->since_ms, now_ms));
}

std::string rev_of(const Overview& o) { return fmt::format("{}-{}", o.summary.last_ms, o.summary.labelled); }

void row_fields(Writer& writer, const Overview& o, TimeMs now_ms) {
  link_fields(writer, monitor_link(o.monitor.name, rev_of(o)));
  writer.field("status", status_of(o));
  writer.field("sentence", sentence_of(o, now_ms));
  link_field(writer, "endpoint", endpoint_link(o.monitor.definition.endpoint));
  const auto predictions = static_cast<double>(o.summary.predictions);
  maybe_figure_field(writer, "coverage", predictions > 0 ? std::optional(static_cast<double>(o.summary.labelled) / predictions) : std::nullopt);
  maybe_time_field(writer, "last_window_at", o.recent.empty() ? 0 : o.recent.back().from_ms);
  std::vector<std::optional<double>> spark;
  const auto* rule = telling_rule(o);
  for (const auto& window : o.recent) {
    const auto value = rule ? monitoring::measured(rule->rule, o.monitor.definition, window) : std::nullopt;
    spark.push_back(value ? std::optional(value->value) : std::nullopt);
  }
  spark_fields(writer, std::move(spark), rule ? monitoring::signal_words(rule->rule) : "");
}

void write_rule(Writer& writer, const monitoring::RuleState& state) {
  const auto& rule = state.rule;
  const bool known = state.value.has_value();
  writer.begin_object();
  writer.field("name", rule.name);
  writer.field("text", monitoring::rule_words(rule));
  nullable_text_field(writer, "column", rule.column);
  writer.field("metric", rule.metric);
  writer.field("direction", rule.above ? "above" : "below");
  writer.field("limit", rule.limit());
  writer.field("clear", rule.clear);
  writer.field("severity", rule.severity);
  writer.field("min_rows", rule.min_rows);
  writer.field("unit", monitoring::metric_unit(rule.metric));
  writer.field("state", state.state);
  maybe_figure_field(writer, "value", state.value);
  maybe_integer_field(writer, "n", known ? std::optional(state.n) : std::nullopt);
  maybe_time_field(writer, "at", known ? state.at_ms : 0);
  maybe_time_field(writer, "since", state.state == "open" || state.state == "pending" ? state.since_ms : 0);
  maybe_link_field(writer, "alert", state.alert.empty() ? std::nullopt : std::optional(alert_link(state.alert, rule.name)));
  writer.end_object();
}

// The held-out period of what serves now.
Result<void> reference_field(Writer& writer, const Rooms& rooms, const Overview& o) {
  writer.key("reference");
  const auto endpoint = TRY(rooms.serving.endpoint(o.monitor.definition.endpoint));
  const auto version = endpoint.revision ? endpoint.revision->main_version() : 0;
  const auto facts = version > 0 ? TRY(rooms.monitoring.reference_facts(o.monitor.name, version)) : std::nullopt;
  if (!facts) return writer.null(), Result<void>();
  const auto training = TRY(rooms.registry.evidence(endpoint.config.model, version, "training"));
  const auto day = [&](std::string_view name, TimeMs behind) -> TimeMs {
    const auto at = from_iso(training ? training->body[name].string_or("") : "");
    return at ? *at + behind : 0;
  };
  writer.begin_object();
  link_field(writer, "version", version_link(endpoint.config.model, version));
  writer.field("rows", facts->rows);
  maybe_time_field(writer, "from", day("held_out_from", 0));
  maybe_time_field(writer, "to", day("held_out_to", kDayMs));
  writer.end_object();
  return {};
}

void labels_field(Writer& writer, const monitoring::Summary& summary) {
  writer.key("labels");
  writer.begin_object();
  writer.field("predictions", summary.predictions);
  writer.field("labelled", summary.labelled);
  maybe_time_field(writer, "labelled_through", summary.labelled_through_ms);
  maybe_integer_field(writer, "delay_p50_ms", summary.label_delay_ms);
  writer.end_object();
}

void setup_field(Writer& writer, const Rooms& rooms, const Overview& o) {
  const auto endpoint = rooms.serving.endpoint(o.monitor.definition.endpoint);
  const bool deployed = endpoint && endpoint->revision;
  const auto reference = deployed ? rooms.monitoring.reference_facts(o.monitor.name, endpoint->revision->main_version())
                                  : Result<std::optional<monitoring::ReferenceFacts>>(std::nullopt);
  const auto step = [&](std::string_view text, const std::string& command, bool done) {
    writer.begin_object();
    writer.field("text", text);
    writer.field("command", command);
    writer.field("done", done);
    writer.end_object();
  };
  writer.key("setup");
  writer.begin_array();
  step("A model version with a reference: a held-out period, scored by the model",
       fmt::format("gyre endpoint deploy {} VERSION", o.monitor.definition.endpoint), reference && *reference);
  step("Predictions through the endpoint", fmt::format("gyre endpoint show {}", o.monitor.definition.endpoint), o.summary.predictions > 0);
  step("Labels by id", fmt::format("gyre monitor labels {} FILE", o.monitor.name), o.summary.labelled > 0);
  writer.end_array();
}

Result<net::Response> list_monitors(const Rooms& rooms, const net::Request&) {
  std::vector<Overview> rows;
  for (auto& monitor : TRY(rooms.monitoring.list())) rows.push_back(TRY(overview_of(rooms, std::move(monitor))));
  const auto place = [](const Overview& o) { return std::pair(status_of(o) == "crit" ? 0 : status_of(o) == "warn" ? 1 : 2, std::string_view(o.monitor.name)); };
  std::ranges::sort(rows, {}, place);
  return list_reply(static_cast<std::int64_t>(rows.size()), std::nullopt, rows, [&](Writer& writer, const Overview& row) {
    writer.begin_object();
    row_fields(writer, row, rooms.clock.now_ms());
    writer.end_object();
  });
}

Result<net::Response> get_monitor(const Rooms& rooms, const net::Request& request) {
  const auto o = TRY(overview_of(rooms, TRY(rooms.monitoring.monitor(request.parameter("monitor")))));
  const auto& definition = o.monitor.definition;
  Writer writer;
  writer.begin_object();
  row_fields(writer, o, rooms.clock.now_ms());
  writer.field("window_ms", definition.window_ms);
  writer.field("prediction", definition.prediction);
  writer.field("label", definition.label);
  strings_field(writer, "except", definition.except);
  TRY(reference_field(writer, rooms, o));
  labels_field(writer, o.summary);
  writer.key("range");
  writer.begin_object();
  maybe_time_field(writer, "from", o.summary.first_ms);
  maybe_time_field(writer, "to", o.summary.last_ms);
  writer.end_object();
  writer.key("rules");
  writer.begin_array();
  for (const auto& state : o.rules) write_rule(writer, state);
  writer.end_array();
  setup_field(writer, rooms, o);
  writer.end_object();
  return reply(writer);
}

}  // namespace

Result<Range> range_of(const Rooms& rooms, const net::Request& request) {
  const Range range{TRY(query_time(request, "from", 0)), TRY(query_time(request, "to", rooms.clock.now_ms()))};
  if (range.from_ms > range.to_ms)
    return fail(Code::invalid, fmt::format("the range ends at {} before it begins at {}", to_iso(range.to_ms), to_iso(range.from_ms)), {},
                "exchange 'from' and 'to'");
  return range;
}

void values_field(Writer& writer, std::string_view name, const std::vector<std::optional<double>>& values) {
  writer.key(name);
  writer.begin_array();
  for (const auto& value : values) {
    if (value) {
      writer.number(*value);
    } else {
      writer.null();
    }
  }
  writer.end_array();
}

void write_window(Writer& writer, const monitoring::Window& window) {
  writer.begin_object();
  time_field(writer, "from", window.from_ms);
  time_field(writer, "to", window.to_ms);
  writer.field("closed", true);
  writer.field("rows", window.rows);
  writer.field("version", window.rows > 0 ? std::to_string(window.version) : "");
  writer.end_object();
}

void add_monitoring_routes(net::Router& router, const Rooms& rooms) {
  add(router, rooms, "GET", "/monitors", list_monitors);
  add(router, rooms, "GET", "/monitors/:monitor", get_monitor);
  add_drift_routes(router, rooms);
  add_performance_routes(router, rooms);
  add_alert_routes(router, rooms);
}

}  // namespace gyre::rest

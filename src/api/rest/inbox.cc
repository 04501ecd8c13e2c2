// /projects/{project}/inbox: what waits for a person, worst first
#include <algorithm>
#include <tuple>

#include "api/rest/flags.h"
#include "api/rest/home.h"
#include "api/rest/wire.h"

namespace gyre::rest {
namespace {

constexpr std::size_t kMaxInbox = 200;

struct InboxRow {
  std::string id, status, text;
  TimeMs at_ms;
  Link link;
  std::string_view action;
};

// What the rule measured last: the value that an alert opened with may be days old.
double value_now(const Rooms& rooms, const monitoring::Alert& alert) {
  const auto rules = rooms.monitoring.rules(alert.monitor);
  if (!rules) return alert.value;
  const auto state = std::ranges::find_if(*rules, [&](const auto& one) { return one.rule.name == alert.rule; });
  return state == rules->end() ? alert.value : state->value.value_or(alert.value);
}

// Alerts that nobody has acknowledged or muted.
Result<void> gather_alerts(const Rooms& rooms, std::vector<InboxRow>& rows) {
  for (const auto& alert : TRY(rooms.monitoring.alerts("", "open", kMaxInbox))) {
    if (alert.acknowledged_ms > 0 || alert.muted_until_ms > rooms.clock.now_ms()) continue;
    const auto text = fmt::format("{} {}", alert.rule, beyond_text(value_now(rooms, alert), alert.limit));
    rows.push_back({alert.id, alert.severity == "warn" ? "warn" : "crit", text, alert.opened_ms, alert_link(alert.id, alert.rule), "Open"});
  }
  return {};
}

// Pipelines whose latest run failed.
Result<void> gather_failures(const Rooms& rooms, std::vector<InboxRow>& rows) {
  for (const auto& pipeline : TRY(rooms.pipelines.list())) {
    const auto last = TRY(rooms.pipelines.runs(pipeline.name, 1));
    if (last.empty() || last.front().status != "failed") continue;
    const auto& run = last.front();
    rows.push_back({run.id, "crit", fmt::format("{} failed: {}", run.pipeline, run.error), run.finished_ms, pipeline_run_link(run.pipeline, run.id), "Logs"});
  }
  return {};
}

// What a policy proposed and does not roll out by itself, until the endpoint has it or a newer one was proposed.
Result<void> gather_proposals(const Rooms& rooms, std::vector<InboxRow>& rows) {
  for (const auto& policy : TRY(rooms.policy.list())) {
    const auto last = TRY(rooms.policy.cases(policy.name, 1));
    if (last.empty() || last.front().state != "proposed") continue;
    const auto& one = last.front();
    const auto endpoint = rooms.serving.endpoint(policy.definition.endpoint);
    const auto routes = endpoint && endpoint->revision ? endpoint->revision->routes : std::vector<serving::Route>();
    if (std::ranges::any_of(routes, [&](const auto& route) { return route.version >= one.candidate; })) continue;
    rows.push_back({one.id, "canary", fmt::format("{} proposes v{}", policy.name, one.candidate), one.closed_ms,
                    version_link(policy.definition.model, one.candidate), "Review"});
  }
  return {};
}

Result<net::Response> get_inbox(const Rooms& rooms, const net::Request&) {
  std::vector<InboxRow> rows;
  TRY(gather_alerts(rooms, rows));
  TRY(gather_failures(rooms, rows));
  TRY(gather_proposals(rooms, rows));
  const auto rank = [](const InboxRow& row) { return row.status == "crit" ? 0 : row.status == "warn" ? 1 : 2; };
  std::ranges::sort(rows, {}, [&](const InboxRow& row) { return std::tuple(rank(row), -row.at_ms, row.id); });
  Writer writer;
  writer.begin_object();
  writer.field("total", static_cast<std::int64_t>(rows.size()));
  writer.key("rows");
  writer.begin_array();
  for (const auto& row : rows) {
    writer.begin_object();
    writer.field("id", row.id);
    writer.field("status", row.status);
    writer.field("text", row.text);
    time_field(writer, "at", row.at_ms);
    link_field(writer, "link", row.link);
    writer.field("action", row.action);
    writer.end_object();
  }
  writer.end_array();
  writer.end_object();
  return reply(writer);
}

}  // namespace

void add_inbox_routes(net::Router& router, const Rooms& rooms) { add(router, rooms, "GET", "/projects/:project/inbox", get_inbox); }

}  // namespace gyre::rest

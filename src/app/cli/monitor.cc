// gyre monitor: drift, quality, alerts.
#include "app/cli/monitor.h"

#include <fmt/format.h>

namespace gyre::cli {
namespace {

Result<int> ls(const Invocation& call) {
  Remote remote(call);
  const auto all = TRY(list(remote, "/api/v1/monitors", {}, call));
  const auto now = human() ? remote.now_ms() : 0;
  ListView view{
      "monitor-list/1", "no monitor yet · one stands in a project file: gyre pipe apply gyre.yaml", "monitors",
      Table(
          {{"MONITOR"}, {"STATUS"}, {"SAYS", false, 0, Table::Cut::end}, {"", false, 2, Table::Cut::never}, {"LABELLED", true, 1}, {"LAST WINDOW", false, 3}})};
  return show_list(call, all, std::move(view), [&](Table& table, const json::Value& row) {
    const auto status = row["status"].string_or("");
    table.add({text(row["name"]), mark(status, status), text(row["sentence"]), human() ? paint(sparkline(numbers(row["spark"])), Tone::accent) : "",
               figure(row["coverage"], "share"), age(row["last_window_at"], now)});
  });
}

// The status of an alert: its severity while it is open.
std::string alert_state(const json::Value& alert) {
  const auto state = alert["state"].string_or("");
  if (state == "open") return mark(alert["severity"].string_or("") == "critical" ? "crit" : "warn", "open");
  return state == "pending" ? mark("wait", state) : mark("ok", state);
}

std::string reading(const json::Value& alert) {
  const auto unit = alert["unit"].string_or("none");
  return fmt::format("{} {} {}", figure(alert["value"], unit), alert["direction"].string_or("") == "below" ? "under" : "over", figure(alert["limit"], unit));
}

Result<int> alerts(const Invocation& call) {
  Remote remote(call);
  const auto all =
      TRY(list(remote, "/api/v1/alerts", {{"monitor", without_kind(call.positional("monitor"), "monitor")}, {"state", call.option("state")}}, call));
  const auto now = human() ? remote.now_ms() : 0;
  ListView view{"alert-list/1", "no alert", "alerts",
                Table({{"ALERT", false, 0, Table::Cut::never},
                       {"STATE"},
                       {"RULE"},
                       {"READING", false, 0, Table::Cut::never},
                       {"N", true, 3},
                       {"SINCE", false, 1},
                       {"RESOLVED", false, 2},
                       {"SEEN BY", false, 4},
                       {"ANSWER", false, 5, Table::Cut::never}})};
  return show_list(call, all, std::move(view), [&](Table& table, const json::Value& row) {
    table.add({text(row["id"]), alert_state(row), text(row["rule"]), reading(row), count(row["n"]), day(row["onset"]), age(row["resolved_at"], now),
               text(row["acknowledged_by"]), reference(row["answer"])});
  });
}

Result<int> act(const Invocation& call, std::string_view action, std::string_view opposite) {
  Remote remote(call);
  const auto id = without_kind(call.positional("alert"), "alert");
  json::Value body = json::Object{};
  body.set("action", call.has("undo") ? opposite : action);
  if (action == "mute" && !call.has("undo")) body.set("until", call.option("until"));
  const bool takes_back = call.has("undo") || action.starts_with("un");
  const auto undo = takes_back ? std::string() : fmt::format("gyre monitor {} {}", opposite, id);
  return print_done(call, TRY(remote.post(api("alerts", id), body)), undo);
}

Result<int> ack(const Invocation& call) { return act(call, "ack", "unack"); }
Result<int> unack(const Invocation& call) { return act(call, "unack", "ack"); }
Result<int> unmute(const Invocation& call) { return act(call, "unmute", "mute"); }

// "--until 2001-04-08T00:00:00Z", or for so long: "--for 2d" by the server's clock.
Result<int> mute(const Invocation& call) {
  auto timed = call;
  if (!call.has("undo") && !call.has("until")) {
    const auto span = TRY(parse_duration_ms(call.option("for", "1d")));
    timed.options["until"] = to_iso(Remote(call).now_ms() + span);
  }
  return act(timed, "mute", "unmute");
}

const Positional kMonitor{"monitor", "its name", true, false, Names::monitor}, kAlert{"alert", "its id", true, false, Names::alert};

const Command kCommands[] = {
    {.noun = "monitor",
     .verb = "ls",
     .summary = "Monitors, worst first",
     .example = "gyre monitor ls",
     .positionals = {},
     .options = {kLimit, kAll},
     .run = ls},
    {.noun = "monitor",
     .verb = "show",
     .summary = "Rules with their readings, drift by column, quality realised and estimated",
     .example = "gyre monitor show flights-late --from 2001-04-01 --metric log_loss",
     .positionals = {kMonitor},
     .options = {{"from", "TIME", "ISO 8601"},
                 {"to", "TIME", "ISO 8601"},
                 {"drift", "MEASURE", "js, psi, ks, w1, chi2, share, missing, unseen or out_of_range (js)"},
                 {"metric", "METRIC", "auc, log_loss, skill, brier or ece (auc)"}},
     .run = show_monitor},
    {.noun = "monitor",
     .verb = "alerts",
     .summary = "Alerts, open ones first",
     .example = "gyre monitor alerts flights-late --state open",
     .positionals = {{"monitor", "of this one alone", false, false, Names::monitor}},
     .options = {{"state", "STATE", "pending, open or resolved"}, kLimit, kAll},
     .run = alerts},
    {.noun = "monitor",
     .verb = "ack",
     .summary = "Say that an alert was seen",
     .example = "gyre monitor ack al_01jd3k7q2m",
     .positionals = {kAlert},
     .options = {{"undo", "", "take that back"}},
     .run = ack},
    {.noun = "monitor",
     .verb = "mute",
     .summary = "Let an alert be silent for a while",
     .example = "gyre monitor mute al_01jd3k7q2m --for 2d",
     .positionals = {kAlert},
     .options = {{"for", "SPAN", "from now, as in 36h or 2d (1d)"}, {"until", "TIME", "ISO 8601"}, {"undo", "", "take that back"}},
     .run = mute},
    {.noun = "monitor",
     .verb = "unack",
     .summary = "Take back that an alert was seen",
     .example = "gyre monitor unack al_01jd3k7q2m",
     .positionals = {kAlert},
     .options = {},
     .run = unack,
     .hidden = true},
    {.noun = "monitor",
     .verb = "unmute",
     .summary = "Let an alert speak again",
     .example = "gyre monitor unmute al_01jd3k7q2m",
     .positionals = {kAlert},
     .options = {},
     .run = unmute,
     .hidden = true},
    {.noun = "monitor",
     .verb = "labels",
     .summary = "Send what turned out to be true of past predictions",
     .example = "gyre monitor labels flights-late labels.csv --id flight_id --label late",
     .positionals = {kMonitor, {"file", "CSV with a header, or JSON; - is standard input", true, false, Names::file}},
     .options = {{"id", "COLUMN", "of the prediction's id (id, else the first)"},
                 {"label", "COLUMN", "true, false, 1 or 0 (label, else the second)"},
                 {"batch", "N", "labels a request (20000)"}},
     .run = send_labels},
};

}  // namespace

std::span<const Command> monitor_commands() { return kCommands; }

}  // namespace gyre::cli

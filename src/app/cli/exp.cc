// gyre exp: experiments with their runs.
#include "app/cli/exp_alerts.h"
#include "app/cli/view.h"

namespace gyre::cli {
namespace {

Result<int> list_experiments(const Invocation& call) {
  Remote remote(call);
  const auto all = TRY(list(remote, "/api/v1/experiments", {}, call));
  const auto now = human() ? remote.now_ms() : 0;
  ListView view{"experiment-list/1", "no experiment yet · any MLflow client can log to this server", "experiments",
                Table({{"EXPERIMENT"}, {"RUNS", true}, {"RUNNING", true}, {"LAST"}, {"ID", false, 1}})};
  return show_list(call, all, std::move(view), [&](Table& table, const json::Value& row) {
    table.add({text(row["name"]), count(row["runs_total"]), count(row["running"]), age(row["last_at"], now), text(row["id"])});
  });
}
const Command kExpCommands[] = {
    {.noun = "exp",
     .verb = "ls",
     .summary = "Experiments with their runs",
     .example = "gyre exp ls",
     .positionals = {},
     .options = {kLimit, kAll},
     .run = list_experiments},
    {.noun = "exp",
     .verb = "alerts",
     .summary = "Alerts on runs, open ones first",
     .example = "gyre exp alerts --open\ngyre exp alerts --exp flights",
     .positionals = {},
     .options = {{"open", "", "open ones alone"}, {"exp", "NAME", "of this experiment alone", 0, false, Names::experiment}, kLimit, kAll},
     .run = list_run_alerts},
    {.noun = "exp",
     .verb = "ack",
     .summary = "Acknowledge an alert on a run; a crash is resolved by that",
     .example = "gyre exp ack ra_01h455vb4pex5vsknk084sn02q",
     .positionals = {{"alert", "its id"}},
     .options = {{"undo", "", "takes it back"}},
     .run = acknowledge_run_alert},
    {.noun = "exp",
     .verb = "rules",
     .summary = "Rules that alerts come of",
     .example = "gyre exp rules",
     .positionals = {},
     .options = {kLimit, kAll},
     .run = list_alert_rules},
    {.noun = "exp",
     .verb = "set-rule",
     .summary = "Make or change a rule: docs/guide/run-control.md",
     .example = "gyre exp set-rule diverges --exp flights --metric loss --above 10 --points 3 --action stop\n"
                "gyre exp set-rule finite --kind nan --metric '*' --severity crit\n"
                "gyre exp set-rule stuck --kind stall --direction min --metric val/loss --window 5000\n"
                "gyre exp set-rule crash --kind crashed --to ops",
     .positionals = {{"rule", "its name"}},
     .options = {{"kind", "KIND", "threshold, change, stall, nan, crashed, silent (threshold)"},
                 {"exp", "NAME", "of runs of this experiment alone", 0, false, Names::experiment},
                 {"filter", "TEXT", "of runs that match"},
                 {"metric", "KEY", "or what its name begins with, and *"},
                 {"above", "VALUE", "threshold"},
                 {"below", "VALUE", "threshold"},
                 {"limit", "NUMBER", "change: a part, as 0.2; stall: how much better counts"},
                 {"direction", "WORD", "change: either, up, down; stall: min, max"},
                 {"clear", "VALUE", "threshold: what counts as good again"},
                 {"window", "STEPS", "of change and stall"},
                 {"minutes", "N", "of a stall"},
                 {"points", "N", "in a row that fire it (1)"},
                 {"clear-points", "N", "in a row that resolve it"},
                 {"severity", "WORD", "warn, crit (warn)"},
                 {"action", "WORD", "none, or stop: the run is asked to stop, too (none)"},
                 {"to", "RECEIVER", "who is told; all when left out", 0, true}},
     .run = set_alert_rule},
    {.noun = "exp",
     .verb = "rm-rule",
     .summary = "Take a rule away; its open alerts are resolved",
     .example = "gyre exp rm-rule diverges",
     .positionals = {{"rule", "its name"}},
     .options = {},
     .run = remove_alert_rule},
    {.noun = "exp",
     .verb = "receivers",
     .summary = "Who is told of alerts",
     .example = "gyre exp receivers",
     .positionals = {},
     .options = {kLimit, kAll},
     .run = list_receivers},
    {.noun = "exp",
     .verb = "set-receiver",
     .summary = "Make or change a receiver: webhook, Slack, Alertmanager, mail",
     .example = "gyre exp set-receiver ops --kind slack --url https://hooks.slack.com/services/T/B/x\n"
                "gyre exp set-receiver team --kind email --url smtp://mail:587 --from gyre@team.org --to a@team.org",
     .positionals = {{"receiver", "its name"}},
     .options = {{"kind", "KIND", "webhook, slack, alertmanager, email (webhook)"},
                 {"url", "URL", "of Alertmanager its base; of mail smtp://host:587"},
                 {"secret-stdin", "", "the secret is the first line of standard input"},
                 {"to", "ADDRESS", "of mail", 0, true},
                 {"from", "ADDRESS", "of mail"},
                 {"user", "NAME", "of mail"},
                 {"tls", "WORD", "of mail: always, offered, never (always)"},
                 {"on", "", "it is told again"},
                 {"off", "", "it is told nothing"}},
     .run = set_receiver},
    {.noun = "exp",
     .verb = "test-receiver",
     .summary = "Send an example to a receiver",
     .example = "gyre exp test-receiver ops",
     .positionals = {{"receiver", "its name"}},
     .options = {},
     .run = test_receiver},
    {.noun = "exp",
     .verb = "rm-receiver",
     .summary = "Take a receiver away, with what waits for it",
     .example = "gyre exp rm-receiver ops",
     .positionals = {{"receiver", "its name"}},
     .options = {},
     .run = remove_receiver},
};

}  // namespace

std::span<const Command> exp_commands() { return kExpCommands; }

}  // namespace gyre::cli

// gyre exp: experiments with their runs.
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
};

}  // namespace

std::span<const Command> exp_commands() { return kExpCommands; }

}  // namespace gyre::cli

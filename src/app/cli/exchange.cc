// gyre import: what another tracker kept comes here, as it is.
#include "app/cli/exchange.h"

#include <fmt/format.h>

#include "app/cli/interrupt.h"
#include "app/cli/terminal.h"
#include "app/cli/view.h"
#include "app/config.h"
#include "app/house.h"
#include "base/log.h"

namespace gyre::cli {
namespace {

Result<exchange::Report> move_to(exchange::Source& source, exchange::Destination& destination) {
  Progress progress;
  auto moved = exchange::move_all(source, destination, [&](const exchange::Report& report) { progress.show(progress_line(report)); });
  progress.clear();
  if (!moved && moved.error().code == Code::cancelled)
    return fail(Code::cancelled, "stopped; what had come stays", {}, "the same command goes on with the rest");
  return moved;
}

// Into a data folder whose server is down: nothing is sent over a socket.
Result<exchange::Report> move_into_folder(const Invocation& call, exchange::Source& source) {
  const auto config = TRY(app::read_config(call.options));
  TRY(log::configure(log::Level::warn));
  const RealClock clock;
  const auto house = TRY(app::House::open({.data_dir = config.data_dir, .database = config.database, .artifact_root = config.artifact_root}, clock));
  const auto destination = exchange::make_local(house->rooms().intake, house->blobs());
  return move_to(source, *destination);
}

Result<exchange::Report> move_to_server(const Invocation& call, exchange::Source& source) {
  Remote remote(call);
  const auto destination = make_remote_destination(remote);
  return move_to(source, *destination);
}

Result<int> import(const Invocation& call) {
  catch_interrupts();
  const auto source = TRY(exchange::open_source(call.positional("source"), {.artifacts = call.option("artifacts"), .experiment = call.option("experiment")}));
  if (!call.json && !call.quiet) tell(source->description());
  const auto report = TRY(call.has("data-dir") || call.has("database") ? move_into_folder(call, *source) : move_to_server(call, *source));
  return print_report(call, report);
}

constexpr std::string_view kSummary = "Bring in what another tracker kept: ids, times and files as they are, verified";
constexpr std::string_view kExample =
    "gyre import mlflow.db\n"
    "gyre import ./mlruns\n"
    "gyre import postgresql://user@host/mlflow --artifacts /srv/mlartifacts\n"
    "gyre import mlflow.db --data-dir gyre-data";

Command import_as(std::string_view noun, std::string_view verb) {
  return {.noun = noun,
          .verb = verb,
          .summary = kSummary,
          .example = kExample,
          .positionals = {{"source", "a database, a file or a folder", true, false, Names::file}},
          .options = {{"artifacts", "DIR", "where the files lie that the source calls mlflow-artifacts:/… (mlartifacts beside it)"},
                      {"experiment", "NAME", "where runs go whose source knows no experiments"},
                      {"data-dir", "DIR", "into this data folder, whose server is down, instead of to a server"},
                      {"database", "URL", "the data folder's database, where it is a PostgreSQL"},
                      {"artifact-root", "DIR", "where the data folder's content is kept"}},
          .run = import};
}

const Command kCommands[] = {import_as("import", ""), import_as("exp", "import")};

}  // namespace

std::span<const Command> exchange_commands() { return kCommands; }

}  // namespace gyre::cli

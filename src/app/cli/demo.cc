// gyre demo flights: half a year of real flights, the whole loop, on a virtual clock.
#include <fmt/format.h>

#include <cstdlib>

#include "app/cli/command.h"
#include "app/cli/terminal.h"
#include "app/config.h"
#include "app/demo/flights.h"
#include "base/file.h"
#include "base/log.h"
#include "net/server.h"

namespace gyre::cli {
namespace {

namespace fs = std::filesystem;

// What setup and the repository hold, seen from the folder that is worked in or from the binary's own, upwards.
Result<fs::path> find_beside(const fs::path& relative, std::string_view option) {
  std::error_code error;
  for (auto start : {fs::current_path(error), fs::read_symlink("/proc/self/exe", error).parent_path()}) {
    for (; start.has_relative_path(); start = start.parent_path()) {
      if (fs::exists(start / relative, error)) return start / relative;
    }
  }
  return fail(Code::not_found, fmt::format("'{}' is not to be found", relative.string()), {},
              fmt::format("./gyre-dev setup brings it, or name another with --{}", option));
}

Result<fs::path> given_or_found(const Invocation& call, std::string_view option, const char* variable, const fs::path& relative) {
  auto given = call.option(option);
  if (const char* value = std::getenv(variable); given.empty() && value) given = value;
  if (given.empty()) return find_beside(relative, option);
  std::error_code error;
  if (!fs::exists(given, error)) return fail(Code::not_found, fmt::format("'{}' is not there", given), {}, fmt::format("--{} names it", option));
  return fs::absolute(given);
}

Result<demo::FlightsOptions> read_options(const Invocation& call) {
  demo::FlightsOptions options;
  options.plan = TRY(demo::make_plan(
      {.small = call.has("small"), .control = call.option("control"), .until = call.option("until"), .seed = std::atoi(call.option("seed", "1").c_str())}));
  options.data_dir = call.option("data-dir", call.has("small") ? "gyre-data/demo-small" : "gyre-data/demo");
  options.flights_file = TRY(given_or_found(call, "data", "GYRE_DEMO_DATA", ".deps/data/flights-3m.parquet"));
  options.python = TRY(given_or_found(call, "python", "GYRE_DEMO_PYTHON", ".deps/python-flights/bin"));
  options.project_file = TRY(given_or_found(call, "project-file", "GYRE_DEMO_PROJECT", "examples/flights/gyre.yaml"));
  const auto listen = TRY(app::read_listen(call.option("listen", "127.0.0.1:7070")));
  options.host = listen.host;
  options.port = listen.port;
  options.port_is_wish = call.has("listen");
  options.json = call.json;
  options.stay = !call.has("exit");
  return options;
}

Result<int> flights(const Invocation& call) {
  auto options = TRY(read_options(call));
  TRY(make_folders(options.data_dir));
  TRY(log::configure(log::Level::info, (options.data_dir / "server.log").string()));
  net::block_signals();
  const auto showed = demo::run_flights(options);
  if (!showed && showed.error().code == Code::cancelled) {
    fmt::print(stderr, "\nstopped; all that was done is kept: the same command goes on from here\n");
    return kInterrupted;
  }
  if (!showed) return std::unexpected(showed.error());
  return *showed || !call.has("exit") ? kDone : kAnswerIsNo;
}

const Command kCommands[] = {{
    .noun = "demo",
    .verb = "flights",
    .summary = "Live half a year of real flights in minutes: data, training, serving, drift, retraining, roll-out",
    .example = "gyre demo flights --small",
    .positionals = {},
    .options = {{"small", "", "1 in 20 routes, to 22 April; within a minute"},
                {"exit", "", "end after the summary; 6 unless the loop closed by itself and paid"},
                {"until", "DATE", "last day (2001-06-30)"},
                {"control", "NAME", "shuffled: weeks shuffled within each route, so no timetable alarm may open; march: ends before the break"},
                {"data-dir", "DIR", "where the demo keeps everything; goes on with what is there (gyre-data/demo)"},
                {"data", "FILE", "flights-3m.parquet of vega-datasets 3.2.1"},
                {"project-file", "FILE", "the project (examples/flights/gyre.yaml)"},
                {"python", "DIR", "folder of the python that the steps run"},
                {"listen", "HOST:PORT", "loopback only (127.0.0.1:7070, else a free port)"},
                {"seed", "N", "of shuffling and of intervals (1)"}},
    .run = flights,
}};

}  // namespace

std::span<const Command> demo_commands() { return kCommands; }

}  // namespace gyre::cli

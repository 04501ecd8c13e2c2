// gyre export: what a data folder has, for others to read.
#include <fmt/format.h>

#include "app/cli/exchange.h"
#include "app/cli/terminal.h"
#include "app/cli/view.h"
#include "app/config.h"
#include "app/house.h"
#include "base/log.h"
#include "exchange/outlet.h"

namespace gyre::cli {
namespace {

Result<int> export_all(const Invocation& call) {
  const auto target = std::filesystem::path(call.positional("target"));
  const auto config = TRY(app::read_config(call.options));
  if (!std::filesystem::exists(config.data_dir / "lock"))
    return fail(Code::not_found, fmt::format("'{}' is no data folder", config.data_dir.string()), {}, "name it with --data-dir; its server must be down");
  TRY(log::configure(log::Level::warn));
  const RealClock clock;
  const auto house = TRY(app::House::open({.data_dir = config.data_dir, .database = config.database, .artifact_root = config.artifact_root}, clock));
  exchange::Outlet outlet(house->db(), clock, house->rooms().tracking);
  const auto source = exchange::make_house_source(outlet);
  const bool mlflow = target.extension() == ".db";
  TRY(mlflow ? exchange::write_mlflow(*source, target) : exchange::write_parquet(*source, target));
  if (!call.quiet)
    tell(mlflow ? fmt::format("now: mlflow db upgrade sqlite:///{}", target.string())
                : fmt::format("runs, params, tags and metrics are in {}", target.string()));
  return kDone;
}

Command export_as(std::string_view noun, std::string_view verb) {
  return {.noun = noun,
          .verb = verb,
          .summary = "Write all experiments and runs to Parquet files, or to an MLflow database (the server must be down)",
          .example = "gyre export ./runs --data-dir gyre-data\ngyre export mlflow.db --data-dir gyre-data",
          .positionals = {{"target", "a new folder for Parquet; a new file that ends in .db for MLflow", true, false, Names::file}},
          .options = {{"data-dir", "DIR", "the data folder (gyre-data)"},
                      {"database", "URL", "its database, where that is a PostgreSQL"},
                      {"artifact-root", "DIR", "where its content is kept"}},
          .run = export_all};
}

const Command kCommands[] = {export_as("export", ""), export_as("exp", "export")};

}  // namespace

std::span<const Command> export_commands() { return kCommands; }

}  // namespace gyre::cli

// gyre server: the house on the real clock, until it is told to stop.
#include <fmt/format.h>

#include "app/cli/command.h"
#include "app/cli/terminal.h"
#include "app/config.h"
#include "app/project.h"
#include "app/version.h"
#include "base/log.h"

namespace gyre::cli {
namespace {

Result<log::Level> log_level(const std::string& name) {
  if (name == "debug") return log::Level::debug;
  if (name == "info") return log::Level::info;
  if (name == "warn") return log::Level::warn;
  if (name == "error") return log::Level::error;
  return fail(Code::invalid, fmt::format("'{}' is no log level", name), {}, "debug, info, warn or error");
}

Result<int> serve(const Invocation& call) {
  const auto config = TRY(app::read_config(call.options));
  TRY(log::configure(TRY(log_level(config.log_level))));
  net::block_signals();

  const RealClock clock;
  const auto house = TRY(app::House::open({.data_dir = config.data_dir, .database = config.database, .artifact_root = config.artifact_root}, clock));
  TRY(house->listen({.host = config.listen.host,
                     .port = config.listen.port,
                     .prefix = config.static_prefix,
                     .allowed_hosts = config.allowed_hosts,
                     .allowed_origins = config.allowed_origins},
                    {.artifacts_only = config.artifacts_only, .frames = config.frames}));
  if (!config.project_file.empty()) TRY(app::apply_project_file(house->rooms(), config.project_file, "user:server"));
  house->start_duties();
  fmt::print(stderr, "gyre {} serves {}  data in {}\n", app::kVersion, paint(house->url(), Tone::accent), house->data_dir().string());
  if (!config.artifacts_only) fmt::print(stderr, "MLflow's clients log here: export MLFLOW_TRACKING_URI={}\n", house->url());

  net::wait_for_signal();
  fmt::print(stderr, "stopping: requests under way are finished, jobs run on\n");
  house->close_doors();
  house->heart().stop();
  return kDone;
}

const Command kCommands[] = {{
    .noun = "server",
    .verb = "",
    .summary = "Run the server: the page, the API, the background work",
    .example = "gyre server --data-dir gyre-data --listen 127.0.0.1:7070",
    .positionals = {},
    .options = {{"data-dir", "DIR", "where everything is kept (gyre-data)"},
                {"listen", "HOST:PORT", "loopback only; port 0 takes a free one (127.0.0.1:7070)"},
                {"database", "URL", "postgres://... instead of SQLite in the data folder"},
                {"artifact-root", "DIR", "where content is kept instead of in the data folder: a folder or its file:/// URI"},
                {"static-prefix", "PATH", "what all paths begin with, pages too: /gyre behind a proxy"},
                {"allowed-hosts", "A,B", "names besides this machine's by which it is asked, as behind a proxy"},
                {"cors-allowed-origins", "A,B", "origins whose pages may ask: https://app.example.org"},
                {"x-frame-options", "WHO", "who may frame the page: DENY (nobody), SAMEORIGIN or NONE (anybody)"},
                {"artifacts-only", "", "answer for artifacts alone, and 503 for all else"},
                {"project-file", "FILE", "a gyre.yaml to apply at the start"},
                {"config", "FILE", "settings as YAML, weaker than flags and GYRE_..."},
                {"log-level", "LEVEL", "debug, info, warn or error (info)"}},
    .run = serve,
}};

}  // namespace

std::span<const Command> server_commands() { return kCommands; }

}  // namespace gyre::cli

// gyre run rm: into the bin, for its time.
#include <fmt/format.h>

#include "app/cli/run.h"
#include "app/cli/run_ref.h"

namespace gyre::cli {

Result<int> remove_run(const Invocation& call) {
  Remote remote(call);
  const auto id = TRY(run_id(remote, call, Several::refuse));
  const auto run = TRY(remote.get(api("runs", id)));
  TRY(remote.post("/api/2.0/mlflow/runs/delete", json::Object{{"run_id", id}}));
  json::Value done = json::Object{};
  done.set("object", json::Object{{"ref", "run:" + id}});
  done.set("text", fmt::format("{} is in the bin", run["name"].string_or("")));
  return print_done(call, done, fmt::format("gyre retention restore run:{}", id));
}

}  // namespace gyre::cli

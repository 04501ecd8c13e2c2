// gyre model promote, alias: the plan is printed, then done; how to take it back stands below.
#include <fmt/format.h>

#include <algorithm>

#include "app/cli/checks.h"
#include "app/cli/model.h"

namespace gyre::cli {
namespace {

struct Move {
  ModelVersion to;
  std::string alias;
  std::string before;  // version; "": it pointed nowhere
};

Result<std::string> version_with(Remote& remote, const std::string& model, std::string_view alias) {
  for (const auto& row : items(TRY(remote.get(api("models", model)))["versions"])) {
    for (const auto& name : items(row["aliases"])) {
      if (name.string_or("") == alias) return row["version"].string_or("");
    }
  }
  return std::string();
}

std::string plan_of(const Move& move) {
  return fmt::format("{} of {}: {} {} v{}", move.alias, move.to.model, move.before.empty() ? "nothing" : "v" + move.before, utf8() ? "→" : "->",
                     move.to.version);
}

std::string undo_of(const Move& move) { return move.before.empty() ? "" : fmt::format("gyre model alias {}@{} {}", move.to.model, move.before, move.alias); }

Result<int> carry_out(const Invocation& call, Remote& remote, const Move& move) {
  if (call.has("dry-run") || move.before == move.to.version) {
    json::Value plan = json::Object{};
    plan.set("text", plan_of(move));
    plan.set("undo", undo_of(move));
    if (call.json) return print_document(call, "plan/1", plan);
    fmt::print("{}\n", plan_of(move));
    tell(move.before == move.to.version ? "nothing to do: it points there" : "nothing was changed");
    return kDone;
  }
  if (!call.json && human()) fmt::print("{}\n", plan_of(move));
  json::Value body = json::Object{};
  body.set("alias", move.alias);
  body.set("version", move.to.version);
  return print_done(call, TRY(remote.post(api("models", move.to.model, "aliases"), body)), undo_of(move));
}

}  // namespace

Result<int> promote_version(const Invocation& call) {
  Remote remote(call);
  Move move{.to = TRY(model_version(call.positional("version"))), .alias = call.option("alias", "champion"), .before = {}};
  const auto version = TRY(remote.get(api("models", move.to.model, "versions", move.to.version)));
  move.to.version = version["version"].string_or(move.to.version);
  if (const auto failed = failed_checks(version["checks"]); !failed.empty()) {
    return answer_no(call, fmt::format("{}@{} did not pass its gates ({})", move.to.model, move.to.version, checks_line(version["checks"])), failed,
                     fmt::format("gyre model evidence {}@{} has the numbers; gyre model alias {}@{} {} names it all the same", move.to.model, move.to.version,
                                 move.to.model, move.to.version, move.alias));
  }
  move.before = TRY(version_with(remote, move.to.model, move.alias));
  if (!call.json && human()) {
    const auto gates = checks_line(version["checks"]);
    fmt::print("gates  {}\n", gates.empty() ? "none was measured on this version" : gates);
  }
  return carry_out(call, remote, move);
}

Result<int> set_alias(const Invocation& call) {
  Remote remote(call);
  Move move{.to = TRY(model_version(call.positional("version"))), .alias = call.positional("alias"), .before = {}};
  move.to.version = TRY(remote.get(api("models", move.to.model, "versions", move.to.version)))["version"].string_or(move.to.version);
  move.before = TRY(version_with(remote, move.to.model, move.alias));
  return carry_out(call, remote, move);
}

}  // namespace gyre::cli

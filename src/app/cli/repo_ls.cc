// gyre repo ls: repositories, or a folder of one.
#include <fmt/format.h>

#include "app/cli/repo.h"
#include "app/cli/view.h"

namespace gyre::cli {
namespace {

Result<int> list_repos(const Invocation& call) {
  Remote remote(call);
  const auto all = TRY(list(remote, "/api/v1/repos", {}, call));
  const auto now = human() ? remote.now_ms() : 0;
  ListView view{"repo-list/1", "no repository yet · gyre repo create NAME makes one", "repositories",
                Table({{"REPO"},
                       {"HEAD"},
                       {"COMMITS", true},
                       {"FILES", true},
                       {"SIZE", true},
                       {"BRANCHES", false, 2, Table::Cut::end},
                       {"TAGS", false, 3, Table::Cut::end},
                       {"CHANGED", false, 1}})};
  return show_list(call, all, std::move(view), [&](Table& table, const json::Value& row) {
    table.add({text(row["name"]), text(row["head"]["name"]), count(row["commits"]), count(row["objects"]), bytes(row["bytes"]), joined_texts(row["branches"]),
               joined_texts(row["tags"]), age(row["changed_at"], now)});
  });
}

Result<int> list_folder(const Invocation& call) {
  Remote remote(call);
  const auto at = TRY(repo_path(call.positional("ref")));
  const auto all = TRY(list(remote, api("repos", at.repo, "tree"), {{"ref", at.ref}, {"path", at.path}}, call));
  if (call.quiet) {
    for (const auto& row : all.rows) fmt::print("{}@{}/{}\n", at.repo, at.ref, text(row["path"]));
    return kDone;
  }
  ListView view{"tree/1", "nothing here yet · gyre repo put puts files", "entries",
                Table({{"NAME"}, {"SIZE", true}, {"FILES", true}, {"ROWS", true}, {"SHA-256", false, 1}})};
  const auto shown = show_list(call, all, std::move(view), [&](Table& table, const json::Value& row) {
    const bool folder = row["folder"].bool_or(false);
    const auto sha256 = row["sha256"].string_or("");
    table.add({text(row["name"]) + (folder ? "/" : ""), bytes(row["bytes"]), folder ? count(row["objects"]) : "", count(row["rows"]),
               human() ? sha256.substr(0, 12) : sha256});
  });
  if (!call.json && human() && !all.rows.empty()) tell(fmt::format("at {}", reference(all.document["commit"])));
  return shown;
}

}  // namespace

Result<int> list_repo(const Invocation& call) { return call.positional("ref").empty() ? list_repos(call) : list_folder(call); }

}  // namespace gyre::cli

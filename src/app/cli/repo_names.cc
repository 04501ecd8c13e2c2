// gyre repo tag, branch: names of commits.
#include <fmt/format.h>

#include "app/cli/repo.h"
#include "app/cli/view.h"

namespace gyre::cli {
namespace {

Result<int> list_refs(const Invocation& call, const RepoPath& at, bool tags) {
  Remote remote(call);
  auto all = TRY(list(remote, api("repos", at.repo, "refs"), {}, call));
  std::erase_if(all.rows, [&](const json::Value& row) { return row["tag"].bool_or(false) != tags; });
  all.total = std::ssize(all.rows);
  all.document.set("rows", all.rows);
  all.document.set("total", all.total);
  const auto now = human() ? remote.now_ms() : 0;
  if (call.quiet) {
    for (const auto& row : all.rows) fmt::print("{}@{}\n", at.repo, text(row["name"]));
    return kDone;
  }
  ListView view{"ref-list/1", tags ? "no tag yet · gyre repo tag REF NAME sets one" : "no branch yet: the first commit makes main", tags ? "tags" : "branches",
                Table({{tags ? "TAG" : "BRANCH"}, {"COMMIT"}, {"CHANGED"}})};
  return show_list(call, all, std::move(view),
                   [&](Table& table, const json::Value& row) { table.add({text(row["name"]), reference(row["commit"]), age(row["changed_at"], now)}); });
}

Result<int> name_commit(const Invocation& call, std::string_view route) {
  const auto at = TRY(repo_path(call.positional("ref")));
  const auto name = call.positional("name");
  if (name.empty()) return list_refs(call, at, route == "tags");
  if (!at.path.empty())
    return fail(Code::invalid, fmt::format("'{}' names a path; a commit is named as a whole", call.positional("ref")), {},
                fmt::format("{}@{}", at.repo, at.ref));
  Remote remote(call);
  json::Value body = json::Object{};
  body.set("name", name);
  body.set("ref", at.ref);
  return print_done(call, TRY(remote.post(api("repos", at.repo, route), body)));
}

}  // namespace

Result<int> tag_commit(const Invocation& call) { return name_commit(call, "tags"); }
Result<int> begin_branch(const Invocation& call) { return name_commit(call, "branches"); }

}  // namespace gyre::cli

// gyre repo log: commits, newest first.
#include <fmt/format.h>

#include "app/cli/repo.h"
#include "app/cli/view.h"

namespace gyre::cli {
namespace {

// "+3 ~1 −2": paths of a commit against its parent.
std::string changes(const json::Value& commit) {
  const auto one = [&](std::string_view sign, std::string_view name, Tone tone) {
    const auto n = commit[name].int_or(0);
    return n == 0 ? std::string() : paint(fmt::format("{}{} ", sign, human() ? grouped(n) : std::to_string(n)), tone);
  };
  auto text = one("+", "added", Tone::ok) + one("~", "changed", Tone::warn) + one("-", "removed", Tone::critical);
  if (!text.empty() && text.back() == ' ') text.pop_back();
  return text.empty() ? nothing() : text;
}

}  // namespace

Result<int> show_log(const Invocation& call) {
  Remote remote(call);
  const auto at = TRY(repo_path(call.positional("ref")));
  const auto all = TRY(list(remote, api("repos", at.repo, "commits"), {{"ref", at.ref}, {"path", at.path}}, call));
  const auto now = human() ? remote.now_ms() : 0;
  ListView view{"commit-list/1", "no commit yet · gyre repo put makes one", "commits",
                Table({{"COMMIT"},
                       {"AT"},
                       {"PATHS"},
                       {"ROWS", true, 3},
                       {"MESSAGE", false, 0, Table::Cut::end},
                       {"NAMES", false, 2},
                       {"TRAINED", false, 1},
                       {"AUTHOR", false, 4}})};
  return show_list(call, all, std::move(view), [&](Table& table, const json::Value& row) {
    std::string trained;
    for (const auto& version : items(row["trained"])) trained += fmt::format("{}{}", trained.empty() ? "" : ", ", reference(version));
    auto names = joined_texts(row["branches"]);
    if (const auto tags = joined_texts(row["tags"]); tags != nothing()) names = names == nothing() ? tags : names + ", " + tags;
    table.add({human() ? text(row["name"]) : text(row["id"]), age(row["at"], now), changes(row), count(row["rows"]), text(row["message"]), names, trained,
               text(row["author"])});
  });
}

}  // namespace gyre::cli

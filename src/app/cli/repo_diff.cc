// gyre repo diff: what differs between two commits.
#include <fmt/format.h>

#include "app/cli/repo.h"
#include "app/cli/view.h"

namespace gyre::cli {
namespace {

// "flights@a..b", or two references.
struct Sides {
  std::string repo, from, to, path;
};

Result<Sides> sides(const Invocation& call) {
  const auto given = call.list("refs");
  if (given.size() == 2) {
    const auto a = TRY(repo_path(given[0]));
    const auto b = TRY(repo_path(given[1].contains('@') ? given[1] : fmt::format("{}@{}", a.repo, given[1])));
    if (a.repo != b.repo) return fail(Code::invalid, "both sides of a difference must be of one repository");
    return Sides{a.repo, a.ref, b.ref, a.path.empty() ? b.path : a.path};
  }
  const auto& text = given[0];
  const auto dots = text.find("..");
  if (given.size() != 1 || dots == std::string::npos)
    return fail(Code::invalid, "a difference has two sides", {}, "gyre repo diff flights@main~1..main, or gyre repo diff flights@v1 flights@v2");
  const auto a = TRY(repo_path(text.substr(0, dots)));
  const auto b = TRY(repo_path(fmt::format("{}@{}", a.repo, text.substr(dots + 2).empty() ? "main" : text.substr(dots + 2))));
  return Sides{a.repo, a.ref, b.ref, b.path};
}

std::string signed_bytes(std::int64_t by) {
  if (!human()) return std::to_string(by);
  return by == 0 ? "0 B" : fmt::format("{}{}", by > 0 ? "+" : utf8() ? "−" : "-", human_bytes(by > 0 ? by : -by));
}

void print_differences(const json::Value& found) {
  Table table({{""}, {"PATH"}, {"BEFORE", true}, {"AFTER", true}, {"BYTES", true}});
  std::int64_t by_bytes = 0, added = 0, removed = 0;
  const auto& paths = items(found["paths"]);
  for (const auto& path : paths) {
    const auto kind = path["kind"].string_or("");
    const auto by = path["after_bytes"].int_or(0) - path["before_bytes"].int_or(0);
    by_bytes += by, added += kind == "added", removed += kind == "removed";
    const auto sign = kind == "added" ? paint("+", Tone::ok) : kind == "removed" ? paint("-", Tone::critical) : paint("~", Tone::warn);
    table.add({human() ? sign : kind, text(path["path"]), kind == "added" ? nothing() : bytes(path["before_bytes"]),
               kind == "removed" ? nothing() : bytes(path["after_bytes"]), signed_bytes(by)});
  }
  if (paths.empty()) return tell("no path differs");
  table.print();
  const auto changed = std::ssize(paths) - added - removed;
  tell(fmt::format("{} to {}: {} added, {} changed, {} removed, {}{}", reference(found["from"]), reference(found["to"]), grouped(added), grouped(changed),
                   grouped(removed), signed_bytes(by_bytes), found["cut"].bool_or(false) ? "; there are more: name a folder" : ""));
}

}  // namespace

Result<int> show_diff(const Invocation& call) {
  Remote remote(call);
  const auto between = TRY(sides(call));
  const auto found = TRY(remote.get(api("repos", between.repo, "diff"), {{"from", between.from}, {"to", between.to}, {"path", between.path}}));
  if (call.json) return print_document(call, "diff/1", found);
  print_differences(found);
  return kDone;
}

}  // namespace gyre::cli

// gyre repo: versioned data.
#include "app/cli/repo.h"

#include <fmt/format.h>

#include "app/cli/view.h"
#include "datasets/datasets.h"

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

Result<int> ls(const Invocation& call) { return call.positional("ref").empty() ? list_repos(call) : list_folder(call); }

Result<int> create(const Invocation& call) {
  Remote remote(call);
  json::Value body = json::Object{};
  body.set("name", call.positional("name"));
  body.set("description", call.option("description"));
  const auto done = TRY(remote.post("/api/v1/repos", body));
  const auto outcome = print_done(call, done);
  if (!call.json && human()) tell(fmt::format("next  gyre repo put {} FILES -m 'first rows'", call.positional("name")));
  return outcome;
}

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

Result<int> log(const Invocation& call) {
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

Result<int> diff(const Invocation& call) {
  Remote remote(call);
  const auto between = TRY(sides(call));
  const auto found = TRY(remote.get(api("repos", between.repo, "diff"), {{"from", between.from}, {"to", between.to}, {"path", between.path}}));
  if (call.json) return print_document(call, "diff/1", found);
  print_differences(found);
  return kDone;
}

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

Result<int> tag(const Invocation& call) { return name_commit(call, "tags"); }
Result<int> branch(const Invocation& call) { return name_commit(call, "branches"); }

const Positional kRef{"ref", "REPO, REPO@branch, REPO@tag, REPO@commit or REPO@main~2, with a /path behind it", true, false, Names::repo};

const Command kCommands[] = {
    {.noun = "repo",
     .verb = "ls",
     .summary = "List repositories, or a folder of one at a commit",
     .example = "gyre repo ls\ngyre repo ls flights@main~1/labels",
     .positionals = {{"ref", "REPO[@REF][/path]; left out: all repositories", false, false, Names::repo}},
     .options = {kLimit, kAll},
     .run = ls},
    {.noun = "repo",
     .verb = "create",
     .summary = "Make a repository; one that exists stays as it is",
     .example = "gyre repo create flights --description 'US flights of 2001'",
     .positionals = {{"name", "letters, digits, '.', '_' and '-'"}},
     .options = {{"description", "TEXT", "what it holds"}},
     .run = create},
    {.noun = "repo",
     .verb = "put",
     .summary = "Commit files and folders; folders and files that are not named stay as they are",
     .example = "gyre repo put flights@main/labels 2001-04-01.csv -m 'labels of 1 April'\ngyre repo put flights ./data -m 'first rows'",
     .positionals = {{"ref", "REPO[@branch][/folder] to put them in; with one file, a path that does not end in / is its new name", true, false, Names::repo},
                     {"files", "files and folders; of a folder written with / at its end, what is in it", true, true, Names::file}},
     .options = {{"message", "TEXT", "what this commit is about", 'm'},
                 {"author", "NAME", "who made it (you)"},
                 {"metadata", "KEY=VALUE", "kept with the commit", 0, true},
                 {"replace", "", "remove what else is in the folder"},
                 {"if-head", "COMMIT", "only when the branch is there; '' when it has no commit"},
                 {"key", "TEXT", "the same key again answers with the first commit"},
                 {"dry-run", "", "say what would be put, and put nothing"}},
     .run = put_files},
    {.noun = "repo",
     .verb = "rm",
     .summary = "Commit without some paths; earlier commits keep them",
     .example = "gyre repo rm flights@main labels/2001-04-01.csv raw/ -m 'wrong day'",
     .positionals = {{"ref", "REPO[@branch]", true, false, Names::repo}, {"paths", "files, and folders written with / at their end", true, true}},
     .options = {{"message", "TEXT", "what this commit is about", 'm'},
                 {"author", "NAME", "who made it (you)"},
                 {"if-head", "COMMIT", "only when the branch is there"}},
     .run = remove_paths},
    {.noun = "repo",
     .verb = "get",
     .summary = "Read a file, or a folder with all that is in it",
     .example =
         "gyre repo get flights@main/labels/2001-04-01.csv\ngyre repo get flights@v1/labels -o labels\ngyre repo get flights/raw.bin --range 0-1023 -o -",
     .positionals = {kRef},
     .options = {{"output", "PATH", "file or folder to write; - is standard output", 'o', false, Names::file},
                 {"range", "FROM-TO", "these bytes of a file alone; FROM- and -LAST too"}},
     .run = get_files},
    {.noun = "repo",
     .verb = "cat",
     .summary = "Write a file to standard output",
     .example = "gyre repo cat flights@main/labels/2001-04-01.csv | head",
     .positionals = {kRef},
     .options = {{"range", "FROM-TO", "these bytes alone; FROM- and -LAST too"}},
     .run = print_file},
    {.noun = "repo",
     .verb = "log",
     .summary = "Commits, newest first",
     .example = "gyre repo log flights@main --limit 5",
     .positionals = {kRef},
     .options = {kLimit, kAll},
     .run = log},
    {.noun = "repo",
     .verb = "diff",
     .summary = "What differs between two commits, by path",
     .example = "gyre repo diff flights@main~1..main\ngyre repo diff flights@v1/labels flights@v2",
     .positionals = {{"refs", "REPO@A..B, or two references", true, true, Names::repo}},
     .options = {},
     .run = diff},
    {.noun = "repo",
     .verb = "tag",
     .summary = "Name a commit for good; without a name: list the tags",
     .example = "gyre repo tag flights@main v1",
     .positionals = {kRef, {"name", "of the tag", false}},
     .options = {},
     .run = tag},
    {.noun = "repo",
     .verb = "branch",
     .summary = "Begin a branch at a commit; without a name: list the branches",
     .example = "gyre repo branch flights@main relabel",
     .positionals = {kRef, {"name", "of the branch", false}},
     .options = {},
     .run = branch},
    {.noun = "repo",
     .verb = "preview",
     .summary = "First rows of a Parquet, CSV or JSON file",
     .example = "gyre repo preview flights@main/labels/2001-04-01.csv --limit 10",
     .positionals = {kRef},
     .options = {{"limit", "N", "rows (10)"}},
     .run = preview_table},
};

}  // namespace

std::string RepoPath::text() const { return fmt::format("{}@{}{}{}", repo, ref, path.empty() ? "" : "/", path); }

Result<RepoPath> repo_path(std::string_view text) {
  if (text.starts_with("repo:")) text.remove_prefix(5);
  const auto ref = TRY(datasets::parse_ref(text));
  return RepoPath{ref.repo, ref.back > 0 ? fmt::format("{}~{}", ref.name, ref.back) : ref.name, ref.path, text.ends_with('/')};
}

std::span<const Command> repo_commands() { return kCommands; }

}  // namespace gyre::cli

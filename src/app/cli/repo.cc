// gyre repo: versioned data.
#include "app/cli/repo.h"

#include <fmt/format.h>

#include "app/cli/view.h"
#include "datasets/datasets.h"

namespace gyre::cli {
namespace {

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

const Positional kRef{"ref", "REPO, REPO@branch, REPO@tag, REPO@commit or REPO@main~2, with a /path behind it", true, false, Names::repo};

const Command kCommands[] = {
    {.noun = "repo",
     .verb = "ls",
     .summary = "List repositories, or a folder of one at a commit",
     .example = "gyre repo ls\ngyre repo ls flights@main~1/labels",
     .positionals = {{"ref", "REPO[@REF][/path]; left out: all repositories", false, false, Names::repo}},
     .options = {kLimit, kAll},
     .run = list_repo},
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
     .run = show_log},
    {.noun = "repo",
     .verb = "diff",
     .summary = "What differs between two commits, by path",
     .example = "gyre repo diff flights@main~1..main\ngyre repo diff flights@v1/labels flights@v2",
     .positionals = {{"refs", "REPO@A..B, or two references", true, true, Names::repo}},
     .options = {},
     .run = show_diff},
    {.noun = "repo",
     .verb = "tag",
     .summary = "Name a commit for good; without a name: list the tags",
     .example = "gyre repo tag flights@main v1",
     .positionals = {kRef, {"name", "of the tag", false}},
     .options = {},
     .run = tag_commit},
    {.noun = "repo",
     .verb = "branch",
     .summary = "Begin a branch at a commit; without a name: list the branches",
     .example = "gyre repo branch flights@main relabel",
     .positionals = {kRef, {"name", "of the branch", false}},
     .options = {},
     .run = begin_branch},
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

// Versioned data: repositories of immutable commits over content that is named by its hash.
//
// A reference is text: "repo@branch", "repo@tag", "repo@<commit or its first 7+ digits>", each with an optional "~n" (n
// commits back), and a path behind "/": "flights@main~2/labels/2001-04-01.parquet". "repo" alone means "repo@main".
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/figures.h"
#include "base/findings.h"
#include "base/json.h"
#include "query/query.h"
#include "storage/blob/store.h"
#include "storage/sql/migrate.h"

namespace gyre::datasets {

constexpr std::string_view kMainBranch = "main";
constexpr std::size_t kMaxPathBytes = 1024;
constexpr std::size_t kMaxPathDepth = 64;
constexpr std::size_t kMaxNameBytes = 100;  // of repositories, branches and tags
constexpr std::size_t kMaxMessageBytes = 16 << 10;
constexpr std::size_t kMaxMetadataBytes = 64 << 10;
constexpr std::size_t kMaxChanges = 100'000;  // in one commit
constexpr std::size_t kMaxFolderEntries = 200'000;
constexpr std::size_t kMaxPage = 1000;        // of a listing, log or diff
constexpr std::size_t kMaxFiles = 1'000'000;  // that files() hands out
constexpr std::size_t kMaxPreviewRows = 1000;

// What a commit does to one path.
struct Change {
  enum class Kind { put_content, put_file, remove, remove_folder };
  Kind kind = Kind::put_content;
  std::string path;
  std::string sha256;          // put_content: what upload() returned
  std::filesystem::path file;  // put_file: read once, not kept

  static Change content(std::string path, std::string sha256) { return {Kind::put_content, std::move(path), std::move(sha256), {}}; }
  static Change from_file(std::string path, std::filesystem::path file) { return {Kind::put_file, std::move(path), {}, std::move(file)}; }
  static Change removal(std::string path) { return {Kind::remove, std::move(path), {}, {}}; }
  static Change folder_removal(std::string path) { return {Kind::remove_folder, std::move(path), {}, {}}; }
};

struct CommitRequest {
  std::string repo;
  std::string branch{kMainBranch};           // made when it does not exist; then it starts with no files
  std::optional<std::string> expected_head;  // full commit id; "" = the branch has no commit yet. Absent: build on what is there
  std::string message;
  std::string author;
  json::Value metadata;             // an object, or null
  std::string idempotency_key;      // the same key again answers with the first commit; "" = none
  std::vector<Change> changes;      // a path at most once
  std::vector<std::string> causes;  // URNs that made it (a step of a pipeline): edges of the graph
};

struct Commit {
  std::string id;  // SHA-256 of its canonical text
  std::string repo;
  std::string parent;  // "" for the first
  std::string tree;
  std::string message, author;
  TimeMs at_ms = 0;
  json::Value metadata;
  std::int64_t number = 0;                           // commits before it
  std::int64_t added = 0, changed = 0, removed = 0;  // paths, against the parent
  std::optional<std::int64_t> rows;                  // of the tables in added and changed paths
  std::int64_t objects = 0, size_bytes = 0;          // of all its paths
};

struct Committed {
  Commit commit;
  bool created = false;  // false: nothing changed, or the idempotency key had been used
};

struct Repo {
  std::string name, description;
  TimeMs created_ms = 0;
  TimeMs changed_ms = 0;  // of the latest move of a branch or tag; 0 = none
  std::vector<std::string> branches, tags;
  std::string head;                                       // of main; "" = none
  std::int64_t commits = 0, objects = 0, size_bytes = 0;  // objects and bytes at the head of main
};

struct NamedRef {
  std::string name;
  bool tag = false;
  std::string commit;
  TimeMs changed_ms = 0;
};

// "a/b@main~2/x/y" taken apart.
struct Ref {
  std::string repo;
  std::string name{kMainBranch};
  std::int64_t back = 0;
  std::string path;  // without a slash at its ends; "" = the root
};
Result<Ref> parse_ref(std::string_view text);

struct Resolved {
  Commit commit;
  std::string path;
  std::string pinned() const { return commit.repo + "@" + commit.id + (path.empty() ? "" : "/" + path); }
};

struct Entry {  // of one folder
  std::string name, path;
  bool folder = false;
  std::int64_t size_bytes = 0, objects = 1;  // of all below, for a folder
  std::optional<std::int64_t> rows;          // of tables; the sum, for a folder
  std::string sha256;                        // of a file's content; of the tree object, for a folder
};

struct Folder {
  Resolved at;
  std::size_t total = 0;
  std::vector<Entry> entries;  // folders first, each kind by name
};

struct File {
  std::string path;      // in the repository
  std::string relative;  // below the folder that was asked for; the name, when a file was
  std::string sha256;
  std::int64_t size_bytes = 0;
  std::optional<std::int64_t> rows;
  std::filesystem::path local;  // to read in place, never to write; it has no extension
};

struct Difference {
  enum class Kind { added, changed, removed };
  Kind kind;
  std::string path;
  std::string before, after;  // SHA-256; "" where there is none
  std::int64_t before_bytes = 0, after_bytes = 0;
};

struct Differences {
  std::string from, to;  // commit ids
  std::vector<Difference> paths;
  bool cut = false;
};

struct Materialized {
  std::int64_t files = 0, size_bytes = 0;
};

struct Preview {
  std::string path, format;  // parquet csv json text bytes
  std::int64_t size_bytes = 0;
  std::optional<std::int64_t> total_rows;
  query::Table table;  // of a table
  std::string text;    // of text: at most its first 64 KiB
};

// Thread-safe. Errors: `invalid` for what cannot be read as a name, path or reference; `not_found` with what there is;
// `conflict` when a head is not the expected one.
class Service {
 public:
  // `cache` holds copies of content where the store has no files of its own.
  Service(sql::Db& db, blob::Store& store, query::Engine& engine, const Clock& clock, std::filesystem::path cache)
      : db_(db), store_(store), engine_(engine), clock_(clock), cache_(std::move(cache)) {}

  // Making one that exists succeeds.
  Result<void> create_repo(std::string_view name, std::string_view actor, std::string_view description = "");
  // One entry of gyre.yaml's `repositories`: null or {description}.
  Result<void> apply(std::string_view name, const json::Value& value, std::string_view actor);
  Result<std::vector<Repo>> repos();
  Result<Repo> repo(std::string_view name);

  // Stores bytes durably, to be named by a commit.
  Result<blob::Content> upload(ByteSource& source) { return blob::put_content(store_, source); }
  // Durable and whole, or nothing. A Parquet file that cannot be read is refused.
  Result<Committed> commit(const CommitRequest& request);

  Result<Resolved> resolve(std::string_view ref);
  Result<Resolved> resolve(const Ref& ref);
  // Up to `limit` entries of the folder, from the `skip`-th on.
  Result<Folder> list(std::string_view ref, std::size_t skip = 0, std::size_t limit = kMaxPage);
  // The file that `ref` names.
  Result<File> stat(std::string_view ref);
  Result<void> get(std::string_view ref, blob::Range range, ByteSink& sink);
  // All files at or below `ref`, by path.
  Result<std::vector<File>> files(std::string_view ref);
  // Newest first, from `ref` back along parents; with a path: only those that changed something at or below it.
  Result<std::vector<Commit>> log(std::string_view ref, std::size_t limit);
  // Of [from, to), newest first, on any branch; "" for all repositories.
  Result<std::vector<Commit>> commits_between(std::string_view repo, TimeMs from_ms, TimeMs to_ms, std::size_t limit);
  // What `ref` names: a file or a folder.
  Result<Entry> entry(std::string_view ref);
  Result<Differences> diff(std::string_view from, std::string_view to, std::size_t limit = kMaxPage);

  Result<std::vector<NamedRef>> refs(std::string_view repo);
  // A tag is never moved; setting it again to the same commit succeeds.
  Result<void> tag(std::string_view name, std::string_view ref, std::string_view actor);
  Result<void> create_branch(std::string_view name, std::string_view ref, std::string_view actor);

  // A SQL expression to select from, over the files in place: "read_parquet([...])". All files below must be tables of
  // one format.
  Result<std::string> relation(std::string_view ref);
  Result<std::vector<query::Column>> columns(std::string_view ref);
  Result<Preview> preview(std::string_view ref, std::size_t limit);
  // Puts the files at or below `ref` into `folder`, by their `relative` names, read-only and without copying: clones where
  // the file system has them, else links to the store's own files (which root could still write to; `gyre check` sees it).
  // May be repeated.
  Result<Materialized> materialize(std::string_view ref, const std::filesystem::path& folder);

  Result<Figures> figures();
  // Recomputes each commit's id and reads each object through.
  Result<Findings> verify();

 private:
  sql::Db& db_;
  blob::Store& store_;
  query::Engine& engine_;
  const Clock& clock_;
  const std::filesystem::path cache_;
};

std::string commit_urn(std::string_view repo, std::string_view id);
std::string repo_urn(std::string_view repo);

std::span<const sql::Migration> migrations();

}  // namespace gyre::datasets

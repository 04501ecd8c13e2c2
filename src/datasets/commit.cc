// Making a commit: content first, then folders, then one transaction that moves the branch.
#include <fmt/format.h>

#include <set>

#include "base/hash.h"
#include "datasets/names.h"
#include "datasets/store.h"
#include "datasets/tree.h"
#include "governance/governance.h"
#include "storage/sql/outbox.h"

namespace gyre::datasets {
namespace {

constexpr int kMaxAttempts = 16;            // when others move the branch meanwhile
constexpr std::size_t kMaxPathsTold = 100;  // in the event

Result<void> check_request(const CommitRequest& r) {
  TRY(check_name("a repository", r.repo));
  TRY(check_ref_name("a branch", r.branch));
  if (r.message.empty() || r.message.size() > kMaxMessageBytes)
    return fail(Code::invalid, fmt::format("a commit needs a message of 1 to {} bytes", kMaxMessageBytes));
  if (r.author.empty() || r.author.size() > kMaxPathBytes) return fail(Code::invalid, "a commit needs an author");
  if (!r.metadata.is_null() && !r.metadata.if_object()) return fail(Code::invalid, "a commit's metadata must be an object");
  if (json::to_text(r.metadata).size() > kMaxMetadataBytes) return fail(Code::invalid, fmt::format("a commit's metadata may have {} bytes", kMaxMetadataBytes));
  if (r.idempotency_key.size() > kMaxPathBytes) return fail(Code::invalid, "the idempotency key is too long");
  if (r.changes.size() > kMaxChanges) return fail(Code::invalid, fmt::format("a commit may change {} paths", kMaxChanges), {}, "make several commits");
  std::set<std::pair<std::string_view, bool>> seen;
  for (const auto& change : r.changes) {
    TRY(check_path(change.path));
    if (!seen.emplace(change.path, change.kind == Change::Kind::remove_folder).second)
      return fail(Code::invalid, fmt::format("the path '{}' stands twice in one commit", change.path));
  }
  return {};
}

Result<std::string> stored_content(blob::Store& store, const Change& change) {
  if (change.kind == Change::Kind::put_file) return TRY(blob::put_file_content(store, change.file)).sha256;
  if (!is_sha256_hex(change.sha256))
    return fail(Code::invalid, fmt::format("'{}' names no content: expected a SHA-256", change.path), {}, "upload the bytes first");
  return change.sha256;
}

// Rows and columns of a table, read once for each content. Nothing for what is no table; a CSV or JSON file that cannot be
// read as one is kept as plain bytes, but a broken Parquet file is a mistake.
struct ShapeReader {
  sql::Db& db;
  blob::Store& store;
  query::Engine& engine;
  const std::filesystem::path& cache;

  Result<std::optional<std::int64_t>> rows(std::string_view path, std::string_view sha256) {
    const auto format = table_format(path);
    if (format.empty()) return std::nullopt;
    if (const auto known = TRY(db.read([&](sql::Tx& tx) { return select_shape(tx, sha256, format); }))) return known->rows;
    const auto file = TRY(blob::content_file(store, sha256, cache));
    auto read = query::describe(engine, file, format);
    if (!read && read.error().code != Code::invalid) return std::unexpected(read.error());
    if (!read && format != "parquet") return std::nullopt;
    if (!read)
      return fail(Code::invalid, fmt::format("'{}' cannot be read as Parquet", path), read.error().message,
                  "write the file again, or give it another extension");
    const Shape shape{read->rows, std::move(read->columns)};
    TRY(db.write([&](sql::Tx& tx) { return insert_shape(tx, sha256, format, shape); }));
    return shape.rows;
  }
};

Edit& edit_at(Edit& root, std::string_view path) {
  Edit* at = &root;
  for (const auto segment : segments(path)) at = &at->inside[std::string(segment)];
  return *at;
}

// All contents are durable and known when this returns.
Result<Edit> stage(const CommitRequest& request, blob::Store& store, ShapeReader& shapes) {
  Edit root;
  for (const auto& change : request.changes) {
    auto& edit = edit_at(root, change.path);
    if (change.kind == Change::Kind::remove) {
      edit.remove = true;
    } else if (change.kind == Change::Kind::remove_folder) {
      edit.remove_folder = true;
    } else {
      const auto sha256 = TRY(stored_content(store, change));
      const auto found = store.stat(blob::content_key(sha256));
      if (!found)
        return fail(found.error().code, fmt::format("the content of '{}' is not there ({})", change.path, sha256), found.error().message,
                    "upload the bytes first");
      edit.put = TreeEntry{std::string(base_name(change.path)), false, sha256, found->size_bytes, 1, TRY(shapes.rows(change.path, sha256))};
    }
  }
  return root;
}

void fingerprint(json::Writer& writer, const Edit& edit) {
  writer.begin_array();
  for (const auto& [name, inside] : edit.inside) {
    writer.string(name);
    writer.boolean(inside.remove);
    writer.boolean(inside.remove_folder);
    writer.string(inside.put ? inside.put->id : "");
    fingerprint(writer, inside);
  }
  writer.end_array();
}

// What tells a repeated request from another one under the same key.
std::string fingerprint(const CommitRequest& request, const Edit& edit) {
  json::Writer writer;
  writer.begin_array();
  for (const auto* text : {&request.branch, &request.message, &request.author}) writer.string(*text);
  writer.value(request.metadata);
  fingerprint(writer, edit);
  writer.end_array();
  return sha256_hex(writer.text());
}

Result<std::optional<Commit>> by_key(sql::Tx& tx, const CommitRequest& request, std::string_view print) {
  if (request.idempotency_key.empty()) return std::nullopt;
  const auto used = TRY(select_key(tx, request.repo, request.idempotency_key));
  if (!used) return std::nullopt;
  if (used->request != print)
    return fail(Code::conflict, fmt::format("the idempotency key '{}' was used for another commit", request.idempotency_key), {}, "choose another key");
  return select_commit(tx, request.repo, used->commit_id);
}

// The branch's commit; nothing when it has none.
Result<std::optional<Commit>> head_of(sql::Tx& tx, const CommitRequest& request) {
  TRY(need_repo(tx, request.repo));
  const auto ref = TRY(select_ref(tx, request.repo, request.branch));
  if (!ref) return std::nullopt;
  if (ref->tag) return fail(Code::invalid, fmt::format("'{}' is a tag, and tags do not move", request.branch), {}, "commit to a branch");
  return select_commit(tx, request.repo, ref->commit);
}

Result<void> check_expected(const CommitRequest& request, std::string_view head) {
  if (!request.expected_head || *request.expected_head == head) return {};
  return fail(Code::conflict, fmt::format("branch '{}' is at {:.12}, not at {:.12}", request.branch, head.empty() ? "no commit" : head, *request.expected_head),
              {}, "read its present state, then commit again");
}

json::Value paths_told(const Edit& edit) {
  json::Array paths;
  const auto collect = [&](auto& self, const Edit& at, const std::string& path) -> void {
    if (paths.size() >= kMaxPathsTold) return;
    if (at.put || at.remove || at.remove_folder) paths.emplace_back(path);
    for (const auto& [name, inside] : at.inside) self(self, inside, path.empty() ? name : path + "/" + name);
  };
  collect(collect, edit, "");
  return paths;
}

Result<void> record(sql::Tx& tx, const CommitRequest& request, const Commit& commit, const Edit& edit) {
  const auto urn = commit_urn(commit.repo, commit.id);
  const auto name = fmt::format("{}@{:.7}", commit.repo, commit.id);
  TRY(governance::put_node(
      tx, {urn, "commit", name, commit.at_ms, json::Object{{"message", commit.message}, {"author", commit.author}, {"branch", request.branch}}}));
  TRY(governance::link(tx, {commit.parent.empty() ? repo_urn(commit.repo) : commit_urn(commit.repo, commit.parent), urn,
                            commit.parent.empty() ? "began" : "followed", commit.at_ms}));
  for (const auto& cause : request.causes) TRY(governance::link(tx, {cause, urn, "produced", commit.at_ms}));
  TRY(governance::audit(tx, {commit.at_ms, commit.author, "repo.commit", urn,
                             json::Object{{"branch", request.branch}, {"added", commit.added}, {"changed", commit.changed}, {"removed", commit.removed}}}));
  return outbox::publish(tx, commit.at_ms, "commit.created", urn,
                         json::Object{{"repo", commit.repo},
                                      {"branch", request.branch},
                                      {"commit", commit.id},
                                      {"paths", paths_told(edit)},
                                      {"path_count", commit.added + commit.changed + commit.removed},
                                      {"rows", commit.rows.value_or(0)}});
}

Commit built(const CommitRequest& request, const std::optional<Commit>& head, const Edited& edited, TimeMs at_ms) {
  Commit commit{.id = "",
                .repo = request.repo,
                .parent = head ? head->id : "",
                .tree = edited.root,
                .message = request.message,
                .author = request.author,
                .at_ms = at_ms,
                .metadata = request.metadata.is_null() ? json::Value(json::Object{}) : request.metadata,
                .number = head ? head->number + 1 : 0,
                .added = edited.added,
                .changed = edited.changed,
                .removed = edited.removed,
                .rows = edited.rows,
                .objects = edited.objects,
                .size_bytes = edited.size_bytes};
  commit.id = commit_id(commit);
  return commit;
}

}  // namespace

Result<Committed> Service::commit(const CommitRequest& request) {
  TRY(check_request(request));
  TRY(db_.read([&](sql::Tx& tx) { return need_repo(tx, request.repo); }));  // before anything is stored
  ShapeReader shapes{db_, store_, engine_, cache_};
  const auto edit = TRY(stage(request, store_, shapes));
  const auto print = fingerprint(request, edit);

  for (int attempt = 0; attempt < kMaxAttempts; ++attempt) {
    if (auto done = TRY(db_.read([&](sql::Tx& tx) { return by_key(tx, request, print); }))) return Committed{std::move(*done), false};
    const auto head = TRY(db_.read([&](sql::Tx& tx) { return head_of(tx, request); }));
    TRY(check_expected(request, head ? head->id : ""));
    const auto edited = TRY(edit_tree(store_, head ? head->tree : "", edit));
    const bool unchanged = head && head->tree == edited.root;
    const auto commit = unchanged ? *head : built(request, head, edited, clock_.now_ms());

    // Nothing comes back when the branch moved meanwhile; then the folders are built again upon its new head.
    auto outcome = TRY(db_.write([&](sql::Tx& tx) -> Result<std::optional<Committed>> {
      if (auto done = TRY(by_key(tx, request, print))) return Committed{std::move(*done), false};
      const auto now = TRY(head_of(tx, request));
      if ((now ? now->id : "") != (head ? head->id : "")) return std::nullopt;
      if (!unchanged) {
        TRY(insert_commit(tx, commit));
        TRY(put_ref(tx, request.repo, {request.branch, false, commit.id, commit.at_ms}));
        TRY(record(tx, request, commit, edit));
      }
      if (!request.idempotency_key.empty()) TRY(insert_key(tx, request.repo, request.idempotency_key, {print, commit.id}));
      return Committed{commit, !unchanged};
    }));
    if (outcome) return std::move(*outcome);
  }
  return fail(Code::unavailable, fmt::format("branch '{}' moves too often", request.branch), {}, "try again");
}

}  // namespace gyre::datasets

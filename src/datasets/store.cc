#include "datasets/store.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/hash.h"

namespace gyre::datasets {
namespace {

constexpr std::string_view kCommitColumns =
    "c.id, c.repo, c.parent, c.tree, c.message, c.author, c.at_ms, c.metadata, c.number, c.added, c.changed, c.removed, c.row_count, c.objects, c.size_bytes";
constexpr std::int64_t kMaxTold = 10;  // names in a message

struct CommitRow {
  std::string id, repo, parent, tree, message, author;
  std::int64_t at_ms;
  std::string metadata;
  std::int64_t number, added, changed, removed;
  std::optional<std::int64_t> rows;
  std::int64_t objects, size_bytes;
};

struct RepoRow {
  std::string name, description;
  std::int64_t created_ms, commits;
};

struct RefRow {
  std::string name;
  bool tag;
  std::string commit;
  std::int64_t changed_ms;
};

struct ShapeRow {
  std::int64_t rows;
  std::string columns;
};

struct Name {
  std::string name;
};

Result<Commit> to_commit(CommitRow row) {
  return Commit{std::move(row.id),
                std::move(row.repo),
                std::move(row.parent),
                std::move(row.tree),
                std::move(row.message),
                std::move(row.author),
                row.at_ms,
                TRY(json::parse(row.metadata)),
                row.number,
                row.added,
                row.changed,
                row.removed,
                row.rows,
                row.objects,
                row.size_bytes};
}

Result<std::vector<Commit>> to_commits(std::vector<CommitRow> rows) {
  std::vector<Commit> commits;
  commits.reserve(rows.size());
  for (auto& row : rows) commits.push_back(TRY(to_commit(std::move(row))));
  return commits;
}

NamedRef to_ref(RefRow row) { return {std::move(row.name), row.tag, std::move(row.commit), row.changed_ms}; }

constexpr std::string_view kTypeNames[] = {"boolean", "integer", "real", "text", "timestamp", "other"};

query::Type type_of(std::string_view name) {
  for (std::size_t i = 0; i < std::size(kTypeNames); ++i) {
    if (kTypeNames[i] == name) return static_cast<query::Type>(i);
  }
  return query::Type::other;
}

}  // namespace

std::string commit_id(const Commit& commit) {
  json::Writer writer;
  writer.begin_object();
  writer.field("gyre_commit", 1);
  writer.field("repo", commit.repo);
  writer.field("parent", commit.parent);
  writer.field("tree", commit.tree);
  writer.field("author", commit.author);
  writer.field("at_ms", commit.at_ms);
  writer.field("message", commit.message);
  writer.field("metadata", commit.metadata);
  writer.end_object();
  return sha256_hex(writer.text());
}

Result<void> insert_repo(sql::Tx& tx, std::string_view name, std::string_view description, TimeMs at_ms) {
  return tx.exec(
      "INSERT INTO dataset_repos (project, name, description, created_ms) VALUES ($1, $2, $3, $4) "
      "ON CONFLICT (project, name) DO UPDATE SET description = excluded.description",
      kProject, name, description, at_ms);
}

Result<bool> has_repo(sql::Tx& tx, std::string_view name) {
  return TRY(tx.select_one<Name>("SELECT name FROM dataset_repos WHERE project = $1 AND name = $2", kProject, name)).has_value();
}

Result<void> need_repo(sql::Tx& tx, std::string_view name) {
  if (TRY(has_repo(tx, name))) return {};
  std::vector<std::string> names;
  for (auto& there : TRY(tx.select<Name>("SELECT name FROM dataset_repos WHERE project = $1 ORDER BY name LIMIT $2", kProject, kMaxTold)))
    names.push_back(there.name);
  return fail(Code::not_found, fmt::format("there is no repository '{}'", name), {},
              names.empty() ? "make it first: gyre repo create NAME" : fmt::format("there are: {}", fmt::join(names, ", ")));
}

Result<std::vector<Repo>> select_repos(sql::Tx& tx, std::string_view name) {
  std::vector<Repo> repos;
  for (auto& row :
       TRY(tx.select<RepoRow>("SELECT name, description, created_ms, (SELECT COUNT(*) FROM dataset_commits c WHERE c.project = r.project AND c.repo = r.name) "
                              "FROM dataset_repos r WHERE project = $1 AND ($2 = '' OR name = $2) ORDER BY name",
                              kProject, name))) {
    Repo repo{.name = std::move(row.name),
              .description = std::move(row.description),
              .created_ms = row.created_ms,
              .branches = {},
              .tags = {},
              .head = {},
              .commits = row.commits};
    for (auto& ref : TRY(select_refs(tx, repo.name))) {
      repo.changed_ms = std::max(repo.changed_ms, ref.changed_ms);
      if (!ref.tag && ref.name == kMainBranch) repo.head = ref.commit;
      (ref.tag ? repo.tags : repo.branches).push_back(std::move(ref.name));
    }
    if (const auto head = TRY(select_commit(tx, repo.name, repo.head))) repo.objects = head->objects, repo.size_bytes = head->size_bytes;
    repos.push_back(std::move(repo));
  }
  return repos;
}

Result<void> insert_commit(sql::Tx& tx, const Commit& c) {
  return tx.exec(
      "INSERT INTO dataset_commits (project, repo, id, parent, tree, message, author, at_ms, metadata, number, added, changed, removed, row_count, objects, "
      "size_bytes) "
      "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16) ON CONFLICT DO NOTHING",
      kProject, c.repo, c.id, c.parent, c.tree, c.message, c.author, c.at_ms, json::to_text(c.metadata), c.number, c.added, c.changed, c.removed, c.rows,
      c.objects, c.size_bytes);
}

Result<std::optional<Commit>> select_commit(sql::Tx& tx, std::string_view repo, std::string_view id) {
  auto row = TRY(tx.select_one<CommitRow>(fmt::format("SELECT {} FROM dataset_commits c WHERE c.project = $1 AND c.repo = $2 AND c.id = $3", kCommitColumns),
                                          kProject, repo, id));
  if (!row) return std::nullopt;
  return TRY(to_commit(std::move(*row)));
}

Result<std::vector<std::string>> select_commit_ids(sql::Tx& tx, std::string_view repo, std::string_view prefix) {
  std::vector<std::string> ids;
  for (auto& row : TRY(tx.select<Name>("SELECT id FROM dataset_commits WHERE project = $1 AND repo = $2 AND id LIKE $3 LIMIT 2", kProject, repo,
                                       std::string(prefix) + "%"))) {
    ids.push_back(std::move(row.name));
  }
  return ids;
}

Result<std::vector<Commit>> select_chain(sql::Tx& tx, std::string_view repo, std::string_view id, std::int64_t skip, std::int64_t limit) {
  return to_commits(TRY(tx.select<CommitRow>(
      fmt::format(
          "WITH RECURSIVE chain (id, parent, depth) AS ("
          "SELECT id, parent, CAST(0 AS BIGINT) FROM dataset_commits WHERE project = $1 AND repo = $2 AND id = $3 "
          "UNION ALL SELECT p.id, p.parent, chain.depth + 1 FROM chain JOIN dataset_commits p ON p.project = $1 AND p.repo = $2 AND p.id = chain.parent "
          "WHERE chain.depth + 1 < $4) "
          "SELECT {} FROM chain JOIN dataset_commits c ON c.project = $1 AND c.repo = $2 AND c.id = chain.id WHERE chain.depth >= $5 ORDER BY chain.depth",
          kCommitColumns),
      kProject, repo, id, skip + limit, skip)));
}

Result<std::vector<Commit>> select_commits_between(sql::Tx& tx, std::string_view repo, TimeMs from_ms, TimeMs to_ms, std::int64_t limit) {
  return to_commits(TRY(tx.select<CommitRow>(fmt::format("SELECT {} FROM dataset_commits c WHERE c.project = $1 AND ($2 = '' OR c.repo = $2) AND c.at_ms >= $3 "
                                                         "AND c.at_ms < $4 ORDER BY c.at_ms DESC, c.repo, c.number DESC LIMIT $5",
                                                         kCommitColumns),
                                             kProject, repo, from_ms, to_ms, limit)));
}

Result<std::vector<Commit>> select_commits(sql::Tx& tx, std::string_view repo, std::string_view after, std::int64_t limit) {
  return to_commits(TRY(tx.select<CommitRow>(
      fmt::format("SELECT {} FROM dataset_commits c WHERE c.project = $1 AND c.repo = $2 AND c.id > $3 ORDER BY c.id LIMIT $4", kCommitColumns), kProject, repo,
      after, limit)));
}

Result<std::optional<NamedRef>> select_ref(sql::Tx& tx, std::string_view repo, std::string_view name) {
  auto row = TRY(tx.select_one<RefRow>("SELECT name, is_tag, commit_id, changed_ms FROM dataset_refs WHERE project = $1 AND repo = $2 AND name = $3", kProject,
                                       repo, name));
  if (!row) return std::nullopt;
  return to_ref(std::move(*row));
}

Result<std::vector<NamedRef>> select_refs(sql::Tx& tx, std::string_view repo) {
  std::vector<NamedRef> refs;
  for (auto& row :
       TRY(tx.select<RefRow>("SELECT name, is_tag, commit_id, changed_ms FROM dataset_refs WHERE project = $1 AND repo = $2 ORDER BY name", kProject, repo))) {
    refs.push_back(to_ref(std::move(row)));
  }
  return refs;
}

Result<void> put_ref(sql::Tx& tx, std::string_view repo, const NamedRef& ref) {
  return tx.exec(
      "INSERT INTO dataset_refs (project, repo, name, is_tag, commit_id, changed_ms) VALUES ($1, $2, $3, $4, $5, $6) "
      "ON CONFLICT (project, repo, name) DO UPDATE SET commit_id = excluded.commit_id, changed_ms = excluded.changed_ms",
      kProject, repo, ref.name, ref.tag, ref.commit, ref.changed_ms);
}

Result<std::optional<UsedKey>> select_key(sql::Tx& tx, std::string_view repo, std::string_view key) {
  return tx.select_one<UsedKey>("SELECT request, commit_id FROM dataset_commit_keys WHERE project = $1 AND repo = $2 AND key = $3", kProject, repo, key);
}

Result<void> insert_key(sql::Tx& tx, std::string_view repo, std::string_view key, const UsedKey& used) {
  return tx.exec("INSERT INTO dataset_commit_keys (project, repo, key, request, commit_id) VALUES ($1, $2, $3, $4, $5)", kProject, repo, key, used.request,
                 used.commit_id);
}

Result<std::optional<Shape>> select_shape(sql::Tx& tx, std::string_view sha256, std::string_view format) {
  const auto row = TRY(tx.select_one<ShapeRow>("SELECT row_count, columns FROM dataset_shapes WHERE sha256 = $1 AND format = $2", sha256, format));
  if (!row) return std::nullopt;
  Shape shape{row->rows, {}};
  const auto columns = TRY(json::parse(row->columns));
  if (const auto* all = columns.if_array()) {
    for (const auto& column : *all)
      shape.columns.push_back({column["name"].string_or(""), type_of(column["type"].string_or("")), column["sql_type"].string_or("")});
  }
  return shape;
}

Result<void> insert_shape(sql::Tx& tx, std::string_view sha256, std::string_view format, const Shape& shape) {
  json::Writer writer;
  writer.begin_array();
  for (const auto& column : shape.columns) {
    writer.begin_object();
    writer.field("name", column.name);
    writer.field("type", kTypeNames[static_cast<std::size_t>(column.type)]);
    writer.field("sql_type", column.sql_type);
    writer.end_object();
  }
  writer.end_array();
  return tx.exec("INSERT INTO dataset_shapes (sha256, format, row_count, columns) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING", sha256, format, shape.rows,
                 writer.text());
}

}  // namespace gyre::datasets

// The tables of repositories. Used inside this folder only.
#pragma once

#include "datasets/datasets.h"
#include "storage/sql/db.h"

namespace gyre::datasets {

constexpr std::string_view kProject = "default";

struct Shape {
  std::int64_t rows = 0;
  std::vector<query::Column> columns;
};

// The text whose SHA-256 is the commit's id.
std::string commit_id(const Commit& commit);

Result<void> insert_repo(sql::Tx& tx, std::string_view name, std::string_view description, TimeMs at_ms);
Result<bool> has_repo(sql::Tx& tx, std::string_view name);
// `not_found` that tells what there is.
Result<void> need_repo(sql::Tx& tx, std::string_view name);
Result<std::vector<Repo>> select_repos(sql::Tx& tx, std::string_view name);  // "" = all

Result<void> insert_commit(sql::Tx& tx, const Commit& commit);
Result<std::optional<Commit>> select_commit(sql::Tx& tx, std::string_view repo, std::string_view id);
// Ids that start with `prefix`, at most two.
Result<std::vector<std::string>> select_commit_ids(sql::Tx& tx, std::string_view repo, std::string_view prefix);
// From `id` back along parents: `limit` commits after leaving out `skip`.
Result<std::vector<Commit>> select_chain(sql::Tx& tx, std::string_view repo, std::string_view id, std::int64_t skip, std::int64_t limit);
Result<std::vector<Commit>> select_commits_between(sql::Tx& tx, std::string_view repo, TimeMs from_ms, TimeMs to_ms, std::int64_t limit);
// In order of id, after `after`.
Result<std::vector<Commit>> select_commits(sql::Tx& tx, std::string_view repo, std::string_view after, std::int64_t limit);

Result<std::optional<NamedRef>> select_ref(sql::Tx& tx, std::string_view repo, std::string_view name);
Result<std::vector<NamedRef>> select_refs(sql::Tx& tx, std::string_view repo);
Result<void> put_ref(sql::Tx& tx, std::string_view repo, const NamedRef& ref);

struct UsedKey {
  std::string request, commit_id;
};
Result<std::optional<UsedKey>> select_key(sql::Tx& tx, std::string_view repo, std::string_view key);
Result<void> insert_key(sql::Tx& tx, std::string_view repo, std::string_view key, const UsedKey& used);

Result<std::optional<Shape>> select_shape(sql::Tx& tx, std::string_view sha256, std::string_view format);
Result<void> insert_shape(sql::Tx& tx, std::string_view sha256, std::string_view format, const Shape& shape);

}  // namespace gyre::datasets

#include "views/store.h"

#include <fmt/format.h>

#include "governance/governance.h"

namespace gyre::views {
namespace {

struct Row {
  std::string id, kind, scope, subject, name, state, digest;
  std::int64_t revision;
  std::string changed_by;
  std::int64_t created_ms, updated_ms;
  std::optional<std::int64_t> deleted_ms;

  Stored stored() const {
    return {{id, scope == "link" ? Scope::link : Scope::shared, kind, subject, name, state, revision, changed_by, created_ms, updated_ms, deleted_ms}, digest};
  }
};

constexpr std::string_view kSelect =
    "SELECT id, kind, scope, subject, name, state, digest, revision, changed_by, created_ms, updated_ms, deleted_ms FROM views ";

struct Number {
  std::int64_t n;
};

// An empty kind or subject is any.
constexpr std::string_view kShared =
    "WHERE project = $1 AND scope = 'shared' AND deleted_ms IS NULL AND ($2 = '' OR kind = $2) AND ($3 = '' OR subject = $3 OR subject = '')";

}  // namespace

Result<std::optional<Stored>> read_view(sql::Tx& tx, std::string_view id) {
  const auto row = TRY(tx.select_one<Row>(std::string(kSelect) + "WHERE id = $1", id));
  return row ? std::optional(row->stored()) : std::nullopt;
}

Result<void> insert_view(sql::Tx& tx, const Stored& stored) {
  const auto& v = stored.view;
  return tx.exec(
      "INSERT INTO views (id, project, kind, scope, subject, name, state, digest, revision, changed_by, created_ms, updated_ms, deleted_ms) "
      "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, NULL)",
      v.id, governance::kProject, v.kind, to_string(v.scope), v.subject, v.name, v.state, stored.digest, v.revision, v.changed_by, v.created_ms, v.updated_ms);
}

Result<void> update_view(sql::Tx& tx, const Stored& stored) {
  const auto& v = stored.view;
  return tx.exec(
      "UPDATE views SET subject = $1, name = $2, state = $3, digest = $4, revision = $5, changed_by = $6, updated_ms = $7, deleted_ms = $8 WHERE id = $9",
      v.subject, v.name, v.state, stored.digest, v.revision, v.changed_by, v.updated_ms, v.deleted_ms, v.id);
}

Result<void> touch_link(sql::Tx& tx, std::string_view id, TimeMs now_ms) { return tx.exec("UPDATE views SET updated_ms = $1 WHERE id = $2", now_ms, id); }

Result<bool> is_taken(sql::Tx& tx, const View& view) {
  return TRY(tx.select_one<Number>(
                 "SELECT 1 FROM views WHERE project = $1 AND kind = $2 AND subject = $3 AND name = $4 AND scope = 'shared' AND deleted_ms IS NULL AND id <> $5",
                 governance::kProject, view.kind, view.subject, view.name, view.id))
      .has_value();
}

Result<void> make_room(sql::Tx& tx, Scope scope) {
  const auto most = scope == Scope::link ? kMaxLinks : kMaxShared;
  if (TRY(tx.select<Number>("SELECT COUNT(*) FROM views WHERE scope = $1", to_string(scope))).front().n < most) return {};
  const auto spare = scope == Scope::link ? "scope = 'link'" : "scope = 'shared' AND deleted_ms IS NOT NULL";
  TRY(tx.exec(fmt::format("DELETE FROM views WHERE id = (SELECT id FROM views WHERE {} ORDER BY updated_ms, id LIMIT 1)", spare)));
  if (tx.changed_rows() > 0) return {};
  return fail(Code::exhausted, fmt::format("there are {} shared views, and no more are kept", most), {}, "delete some that nobody needs");
}

Result<std::vector<View>> read_shared(sql::Tx& tx, const List& wanted) {
  std::vector<View> views;
  for (const auto& row : TRY(tx.select<Row>(fmt::format("{}{} ORDER BY name, id LIMIT $4 OFFSET $5", kSelect, kShared), governance::kProject, wanted.kind,
                                            wanted.subject, wanted.limit, wanted.offset)))
    views.push_back(row.stored().view);
  return views;
}

Result<std::int64_t> count_shared(sql::Tx& tx, const List& wanted) {
  return TRY(tx.select<Number>(fmt::format("SELECT COUNT(*) FROM views {}", kShared), governance::kProject, wanted.kind, wanted.subject)).front().n;
}

Result<std::vector<Stored>> read_links(sql::Tx& tx, std::string_view after, std::int64_t limit) {
  std::vector<Stored> links;
  for (const auto& row : TRY(tx.select<Row>(std::string(kSelect) + "WHERE scope = 'link' AND id > $1 ORDER BY id LIMIT $2", after, limit)))
    links.push_back(row.stored());
  return links;
}

}  // namespace gyre::views

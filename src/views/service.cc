#include <fmt/format.h>

#include "base/hash.h"
#include "base/id.h"
#include "governance/governance.h"
#include "views/names.h"
#include "views/store.h"
#include "views/views.h"

namespace gyre::views {
namespace {

constexpr TimeMs kTouchedAfterMs = 24 * 3600 * 1000;  // a link that is used again is noted so often
constexpr std::size_t kMostCharacters = 51;           // of an id: all that a digest has
constexpr std::int64_t kVerifyBatch = 1000;
constexpr std::size_t kMaxProblemsTold = 20;

Result<void> audit(sql::Tx& tx, TimeMs now_ms, std::string_view actor, std::string_view action, const View& view) {
  return governance::audit(tx, {now_ms, std::string(actor), std::string(action), governance::urn("view", view.id),
                                json::Object{{"kind", view.kind},
                                             {"scope", to_string(view.scope)},
                                             {"subject", view.subject},
                                             {"name", view.name},
                                             {"revision", view.revision},
                                             {"state_sha256", sha256_hex(view.state)}}});
}

Result<void> check_taken(sql::Tx& tx, const View& view) {
  if (!TRY(is_taken(tx, view))) return {};
  return fail(Code::conflict, fmt::format("there is a view '{}' already", view.name), {}, "choose another name, or change the one that is there");
}

Result<Stored> find(sql::Tx& tx, std::string_view id) {
  auto stored = TRY(read_view(tx, id));
  if (!stored) return fail(Code::not_found, fmt::format("there is no view '{:.80}'", id), {}, "it may have been made on another server");
  return *std::move(stored);
}

Result<void> check_changeable(const View& view) {
  if (view.scope == Scope::shared) return {};
  return fail(Code::invalid, fmt::format("the view {} is a link, which never changes", view.id), {}, "make a new one; or a shared one, under a name");
}

// What stands in `view` after `change`; whether it is another than before.
Result<bool> apply(const Change& change, Stored& stored) {
  auto& view = stored.view;
  const auto before = std::tuple(view.subject, view.name, view.state, view.deleted_ms);
  if (change.subject) TRY(check_subject(view.subject = *change.subject));
  if (change.name) TRY(check_name(view.name = *change.name));
  if (change.state) {
    view.state = TRY(state_text(*change.state));
    stored.digest = digest_of(view.kind, view.subject, *change.state);
  }
  view.deleted_ms.reset();
  return before != std::tuple(view.subject, view.name, view.state, view.deleted_ms);
}

}  // namespace

Result<View> Service::create(const NewView& fresh, std::string_view actor) {
  TRY(check_kind(fresh.kind));
  TRY(check_subject(fresh.subject));
  if (fresh.scope == Scope::link) return create_link(fresh, actor);
  TRY(check_name(fresh.name));
  const auto now_ms = clock_.now_ms();
  const Stored stored{{.id = short_id(sha256_hex(make_hex_id()), kLinkCharacters),
                       .scope = Scope::shared,
                       .kind = fresh.kind,
                       .subject = fresh.subject,
                       .name = fresh.name,
                       .state = TRY(state_text(fresh.state)),
                       .changed_by = std::string(actor),
                       .created_ms = now_ms,
                       .updated_ms = now_ms},
                      digest_of(fresh.kind, fresh.subject, fresh.state)};
  return db_.write([&](sql::Tx& tx) -> Result<View> {
    TRY(check_taken(tx, stored.view));
    TRY(make_room(tx, Scope::shared));
    TRY(insert_view(tx, stored));
    TRY(audit(tx, now_ms, actor, "view.create", stored.view));
    return stored.view;
  });
}

Result<View> Service::create_link(const NewView& fresh, std::string_view actor) {
  if (!fresh.name.empty()) return fail(Code::invalid, "a link has no name", {}, R"(leave 'name' out, or send "scope": "shared")");
  const auto state = TRY(state_text(fresh.state));
  const auto digest = digest_of(fresh.kind, fresh.subject, fresh.state);
  const auto now_ms = clock_.now_ms();
  return db_.write([&](sql::Tx& tx) -> Result<View> {
    for (auto characters = kLinkCharacters; characters <= kMostCharacters; ++characters) {
      const auto id = short_id(digest, characters);
      const auto there = TRY(read_view(tx, id));
      if (there && there->digest != digest) continue;  // another state, of the same beginning
      if (there && there->view.scope == Scope::link) {
        if (now_ms - there->view.updated_ms > kTouchedAfterMs) TRY(touch_link(tx, id, now_ms));
        return there->view;
      }
      if (there) continue;
      const Stored stored{{.id = id,
                           .scope = Scope::link,
                           .kind = fresh.kind,
                           .subject = fresh.subject,
                           .state = state,
                           .changed_by = std::string(actor),
                           .created_ms = now_ms,
                           .updated_ms = now_ms},
                          digest};
      TRY(make_room(tx, Scope::link));
      TRY(insert_view(tx, stored));
      TRY(audit(tx, now_ms, actor, "view.link", stored.view));
      return stored.view;
    }
    return fail(Code::internal, "no id is left for a link", digest);
  });
}

Result<View> Service::view(std::string_view id) {
  return db_.read([&](sql::Tx& tx) -> Result<View> {
    auto stored = TRY(find(tx, id));
    if (stored.view.deleted_ms)
      return fail(Code::not_found, fmt::format("the view '{}' was deleted", stored.view.name), {}, "send it again with PUT to bring it back");
    return std::move(stored.view);
  });
}

Result<Service::Page> Service::list(const List& wanted) {
  return db_.read([&](sql::Tx& tx) -> Result<Page> {
    Page page{.rows = TRY(read_shared(tx, wanted)), .total = TRY(count_shared(tx, wanted))};
    const auto end = wanted.offset + std::ssize(page.rows);
    if (end < page.total && !page.rows.empty()) page.next_offset = end;
    return page;
  });
}

Result<Outcome> Service::change(std::string_view id, std::optional<std::int64_t> revision, const Change& change, std::string_view actor) {
  return db_.write([&](sql::Tx& tx) -> Result<Outcome> {
    auto stored = TRY(find(tx, id));
    TRY(check_changeable(stored.view));
    if (revision && *revision != stored.view.revision) return Outcome{.stale = true, .view = std::move(stored.view)};
    const bool deleted = stored.view.deleted_ms.has_value();
    if (!TRY(apply(change, stored))) return Outcome{.view = std::move(stored.view)};
    TRY(check_taken(tx, stored.view));
    ++stored.view.revision;
    stored.view.changed_by = actor;
    stored.view.updated_ms = clock_.now_ms();
    TRY(update_view(tx, stored));
    TRY(audit(tx, stored.view.updated_ms, actor, deleted ? "view.restore" : "view.change", stored.view));
    return Outcome{.view = std::move(stored.view)};
  });
}

Result<Outcome> Service::remove(std::string_view id, std::optional<std::int64_t> revision, std::string_view actor) {
  return db_.write([&](sql::Tx& tx) -> Result<Outcome> {
    auto stored = TRY(find(tx, id));
    TRY(check_changeable(stored.view));
    if (revision && *revision != stored.view.revision) return Outcome{.stale = true, .view = std::move(stored.view)};
    if (stored.view.deleted_ms) return Outcome{.view = std::move(stored.view)};
    ++stored.view.revision;
    stored.view.changed_by = actor;
    stored.view.updated_ms = clock_.now_ms();
    stored.view.deleted_ms = stored.view.updated_ms;
    TRY(update_view(tx, stored));
    TRY(audit(tx, stored.view.updated_ms, actor, "view.delete", stored.view));
    return Outcome{.view = std::move(stored.view)};
  });
}

Result<Figures> Service::figures() {
  struct ByScope {
    std::string scope;
    std::int64_t n;
  };
  Figure kept{"gyre_views_kept", "Views by scope, without deleted ones.", Figure::Kind::gauge, {}};
  for (const auto& row : TRY(db_.read(
           [](sql::Tx& tx) { return tx.select<ByScope>("SELECT scope, COUNT(*) FROM views WHERE deleted_ms IS NULL GROUP BY scope ORDER BY scope"); })))
    kept.samples.push_back({{{"scope", row.scope}}, static_cast<double>(row.n)});
  return Figures{std::move(kept)};
}

Result<Findings> Service::verify() {
  Findings findings;
  for (std::string after;;) {
    const auto links = TRY(db_.read([&](sql::Tx& tx) { return read_links(tx, after, kVerifyBatch); }));
    for (const auto& link : links) {
      ++findings.checked;
      const auto state = json::parse(link.view.state);
      const bool sound =
          state && digest_of(link.view.kind, link.view.subject, *state) == link.digest && link.view.id == short_id(link.digest, link.view.id.size());
      if (!sound && findings.problems.size() < kMaxProblemsTold)
        findings.problems.push_back(fmt::format("views: the state of the link {} is not the one that it is named after", link.view.id));
    }
    if (std::ssize(links) < kVerifyBatch) return findings;
    after = links.back().view.id;
  }
}

}  // namespace gyre::views

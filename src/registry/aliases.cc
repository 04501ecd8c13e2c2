// Names that move from version to version, and where each of them was when.
#include "registry/aliases.h"

#include <fmt/format.h>

#include <algorithm>

#include "governance/governance.h"
#include "registry/events.h"
#include "registry/rules.h"

namespace gyre::registry {
namespace {

struct Number {
  std::int64_t n;
};

struct Last {
  std::int64_t seq, version;
};

}  // namespace

Result<void> move_alias(sql::Tx& tx, std::string_view model, const AliasMove& move) {
  const auto last =
      TRY(tx.select_one<Last>("SELECT seq, version FROM model_alias_moves WHERE model = $1 AND alias = $2 ORDER BY seq DESC LIMIT 1", model, move.alias))
          .value_or(Last{0, 0});
  if (last.version == move.version) return {};
  return tx.exec("INSERT INTO model_alias_moves (model, alias, seq, version, at_ms, actor) VALUES ($1, $2, $3, $4, $5, $6)", model, move.alias, last.seq + 1,
                 move.version, move.at_ms, move.actor);
}

Result<void> Service::set_alias(std::string_view model, std::string_view alias, std::int64_t version, std::string_view actor) {
  TRY(check_alias(alias));
  return db_.write([&](sql::Tx& tx) -> Result<void> {
    const auto there = TRY(read_version(tx, model, version));
    TRY(tx.exec("INSERT INTO model_aliases (model, alias, version) VALUES ($1, $2, $3) ON CONFLICT (model, alias) DO UPDATE SET version = excluded.version",
                model, alias, version));
    const auto now_ms = clock_.now_ms();
    TRY(move_alias(tx, model, {std::string(alias), version, now_ms, std::string(actor)}));
    const auto urn = governance::urn("model-version", there.ref());
    TRY(governance::audit(tx, {now_ms, std::string(actor), "alias.set", urn, json::Object{{"alias", alias}}}));
    return tell(tx, now_ms, "alias.moved", urn, model, {{"model", model}, {"alias", alias}, {"version", version}});
  });
}

Result<void> Service::delete_alias(std::string_view model, std::string_view alias) {
  return db_.write([&](sql::Tx& tx) -> Result<void> {
    TRY(read_model(tx, model));
    TRY(move_alias(tx, model, {std::string(alias), 0, clock_.now_ms(), "user:local"}));
    TRY(tx.exec("DELETE FROM model_aliases WHERE model = $1 AND alias = $2", model, alias));
    if (tx.changed_rows() == 0) return {};
    return tell(tx, clock_.now_ms(), "alias.deleted", governance::urn("model", model), model, {{"model", model}, {"alias", alias}});
  });
}

Result<std::vector<AliasMove>> Service::alias_moves(std::string_view model, std::size_t limit) {
  auto moves = TRY(db_.read([&](sql::Tx& tx) {
    return tx.select<AliasMove>("SELECT alias, version, at_ms, actor FROM model_alias_moves WHERE model = $1 ORDER BY at_ms DESC, seq DESC LIMIT $2", model,
                                static_cast<std::int64_t>(limit));
  }));
  std::ranges::reverse(moves);
  return moves;
}

Result<Version> Service::by_alias(std::string_view model, std::string_view alias) {
  return db_.read([&](sql::Tx& tx) -> Result<Version> {
    const auto number = TRY(tx.select_one<Number>("SELECT version FROM model_aliases WHERE model = $1 AND alias = $2", model, alias));
    if (number) return read_version(tx, model, number->n);
    TRY(read_model(tx, model));
    return fail(Code::not_found, fmt::format("model '{}' has no alias '{}'", model, alias), {},
                fmt::format("gyre model versions {} lists versions with their aliases", model));
  });
}

}  // namespace gyre::registry

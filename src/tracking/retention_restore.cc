// Brings back what is in the bin: one thing, or much at once, in bounded pieces: what goes in meanwhile stays in.
#include <set>

#include "governance/governance.h"
#include "tracking/bin.h"
#include "tracking/quota_return.h"
#include "tracking/retention_marks.h"
#include "tracking/rules.h"

namespace gyre::tracking {

// Of one kind.
struct Retention::Returning {
  Kind kind = Kind::run;
  std::string rule = {};  // empty: all there is
  TimeMs since_ms = 0;    // what went in earlier stays
  TimeMs until_ms = 0;    // what went in later stays
  std::string actor = {};
};

// One thing, with what it will hold again.
struct Retention::Weighed {
  std::string id;
  Return back;
};

namespace {

struct Id {
  std::string id;
};

// Until $1, by rule $2, so many: $3; from $4 on.
std::string_view page_of(Kind kind) {
  switch (kind) {
    case Kind::run:
      return "SELECT id FROM runs WHERE lifecycle = 'deleted' AND lifecycle <> 'active' AND deleted_ms <= $1 AND deleted_ms >= $4 AND ($2 = '' OR binned_by = "
             "$2) ORDER BY id LIMIT "
             "$3";
    case Kind::model:
      return "SELECT id FROM logged_models WHERE deleted_ms IS NOT NULL AND purging = 0 AND deleted_ms <= $1 AND deleted_ms >= $4 AND $2 = '' ORDER BY id "
             "LIMIT $3";
    case Kind::experiment:
      return "SELECT CAST(id AS TEXT) FROM experiments WHERE lifecycle = 'deleted' AND deleted_ms <= $1 AND deleted_ms >= $4 AND $2 = '' ORDER BY id LIMIT $3";
  }
  std::unreachable();
}

Result<Return> weight_of(const Scales& scales, Kind kind, std::string_view id) {
  if (kind == Kind::run) return scales.run(id);
  if (kind == Kind::model) return scales.model(id);
  return scales.experiment(TRY(parse_experiment_id(id)));
}

Result<void> bring_back(sql::Tx& tx, Kind kind, std::string_view id, TimeMs now_ms) {
  if (kind == Kind::run) return take_from_bin(tx, id);
  if (kind == Kind::model) return take_model_from_bin(tx, id, now_ms);
  return take_experiment_from_bin(tx, TRY(parse_experiment_id(id)), now_ms);
}

}  // namespace

Result<void> Retention::restore(Kind kind, std::string_view id, std::string_view actor) {
  const auto back = TRY(weight_of(TRY(Scales::of(db_, blobs_)), kind, id));
  return db_.write([&](sql::Tx& tx) -> Result<void> {
    TRY(check_in_bin(tx, kind, id));
    TRY(admit(tx, back));
    const auto now_ms = clock_.now_ms();
    TRY(bring_back(tx, kind, id, now_ms));
    const auto subject = kind == Kind::model ? retention_urn() : governance::urn(to_string(kind), id);
    return governance::audit(tx, {now_ms, std::string(actor), "retention.restore", subject, json::Object{{"kind", to_string(kind)}, {"id", id}}});
  });
}

// Those that come back next.
Result<std::vector<Retention::Weighed>> Retention::weigh_page(const Returning& what) {
  const auto ids = TRY(db_.write([&](sql::Tx& tx) -> Result<std::vector<Id>> {
    TRY(stamp_bin(tx, what.until_ms));
    return tx.select<Id>(page_of(what.kind), what.until_ms, what.rule, kMarkedAtOnce, what.since_ms);
  }));
  const auto scales = TRY(Scales::of(db_, blobs_));
  std::vector<Weighed> page;
  for (const auto& [id] : ids) page.push_back({id, TRY(weight_of(scales, what.kind, id))});
  return page;
}

// One transaction, and one entry of the audit log. What came back or went for good since it was weighed is left alone.
Result<std::int64_t> Retention::restore_page(const Returning& what) {
  const auto page = TRY(weigh_page(what));
  if (page.empty()) return 0;
  return db_.write([&](sql::Tx& tx) -> Result<std::int64_t> {
    std::set<std::string, std::less<>> there;
    for (auto& [id] : TRY(tx.select<Id>(page_of(what.kind), what.until_ms, what.rule, kMarkedAtOnce, what.since_ms))) there.insert(std::move(id));
    json::Array ids;
    for (const auto& [id, back] : page) {
      if (!there.contains(id)) continue;
      TRY(admit(tx, back));
      TRY(bring_back(tx, what.kind, id, what.until_ms));
      ids.emplace_back(id);
    }
    const auto count = std::ssize(ids);
    if (count == 0) return 0;
    json::Value details = json::Object{{"kind", to_string(what.kind)}, {"count", count}, {"ids", std::move(ids)}};
    if (!what.rule.empty()) details.set("rule", what.rule);
    TRY(governance::audit(tx, {what.until_ms, what.actor, "retention.restore", retention_urn(), std::move(details)}));
    return count;
  });
}

Result<Restored> Retention::restore_all(std::string_view actor) {
  Restored restored;
  std::int64_t total = 0;
  const auto now_ms = clock_.now_ms();
  for (const auto& [kind, count] : {std::pair(Kind::experiment, &restored.experiments), {Kind::run, &restored.runs}, {Kind::model, &restored.models}}) {
    for (std::int64_t page = 1; page > 0 && total < kMaxOrdered; total += page, *count += page)
      page = TRY(restore_page({.kind = kind, .until_ms = now_ms, .actor = std::string(actor)}));
  }
  restored.more = total >= kMaxOrdered;
  return restored;
}

Result<Restored> Retention::restore_of_rule(std::string_view rule, std::string_view actor, TimeMs since_ms) {
  Restored restored;
  const Returning runs{.rule = std::string(rule), .since_ms = since_ms, .until_ms = clock_.now_ms(), .actor = std::string(actor)};
  for (std::int64_t page = 1; page > 0 && restored.runs < kMaxOrdered; restored.runs += page) page = TRY(restore_page(runs));
  restored.more = restored.runs >= kMaxOrdered;
  return restored;
}

}  // namespace gyre::tracking

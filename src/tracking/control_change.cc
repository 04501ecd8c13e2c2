// A run's name, note and tags, and many runs at once.
#include <fmt/format.h>

#include <algorithm>

#include "governance/governance.h"
#include "tracking/control.h"
#include "tracking/names.h"
#include "tracking/rules.h"
#include "tracking/run_marks.h"
#include "tracking/run_pages.h"

namespace gyre::tracking {
namespace {

constexpr std::string_view kNameTag = "mlflow.runName";
// What only their own verbs change: they tell of a state that stands elsewhere.
constexpr std::string_view kOwnTags[] = {kStopTag, kSilentTag};

Result<void> check_tag(std::string_view key) {
  if (key == kNameTag) return fail(Code::invalid, "a run's name is no tag here", {}, "send it as `name`");
  if (std::ranges::find(kOwnTags, key) != std::end(kOwnTags))
    return fail(Code::invalid, fmt::format("the tag {} tells what was asked of the run", key), {}, "stop and resume set it");
  TRY(check_name("tags", key));
  return check_length("tags", key, kMaxKeyCharacters);
}

Result<void> check(const RunChange& change) {
  if (!change.name && !change.note && change.tags.empty())
    return fail(Code::invalid, "nothing is to be changed", {}, R"({"name": "...", "note": "...", "tags": {"team": "vision", "old": null}})");
  if (change.name && change.name->empty()) return fail(Code::invalid, "a run's name is not empty");
  if (change.tags.size() > kMaxChangedTags)
    return fail(Code::invalid, fmt::format("{} tags are sent; at most {} are changed at once", change.tags.size(), kMaxChangedTags));
  for (const auto& [key, value] : change.tags) TRY(check_tag(key));
  return {};
}

// Puts `value` on, or takes the tag away; what was there.
Result<std::optional<std::string>> exchange_tag(sql::Tx& tx, std::string_view run_id, std::string_view key, const std::optional<std::string>& value) {
  auto before = TRY(read_tag(tx, run_id, key));
  if (value) {
    TRY(put_tag(tx, run_id, key, *value));
  } else {
    TRY(drop_tag(tx, run_id, key));
  }
  return before;
}

json::Object told(const RunChange& change) {
  json::Object told;
  if (change.name) told.emplace_back("name", *change.name);
  if (change.note) told.emplace_back("note", true);
  if (change.tags.empty()) return told;
  json::Array keys;
  for (const auto& [key, value] : change.tags) keys.emplace_back(key);
  told.emplace_back("tags", std::move(keys));
  return told;
}

}  // namespace

Result<RunChange> Control::change(std::string_view run_id, const RunChange& change, std::string_view actor) {
  TRY(check(change));
  return db_.write([&](sql::Tx& tx) -> Result<RunChange> {
    auto run = TRY(find_marked(tx, run_id));
    const auto now_ms = clock_.now_ms();
    RunChange back;
    if (change.name) {
      back.name = run.name;
      run.name = *change.name;
      TRY(put_tag(tx, run_id, kNameTag, run.name));
    }
    if (change.note) back.note = TRY(exchange_tag(tx, run_id, kNoteTag, change.note->empty() ? std::nullopt : change.note)).value_or("");
    for (const auto& [key, value] : change.tags) back.tags[key] = TRY(exchange_tag(tx, run_id, key, value));
    TRY(governance::audit(tx, {now_ms, std::string(actor), "run.change", governance::urn("run", run.id), told(change)}));
    TRY(publish_run(tx, now_ms, "run.changed", run));
    return back;
  });
}

namespace {

struct Word {
  BulkAction action;
  std::string_view text, undo;
};
constexpr Word kWords[] = {{BulkAction::archive, "archive", "restore"}, {BulkAction::restore, "restore", "archive"}, {BulkAction::tag, "tag", "untag"},
                           {BulkAction::untag, "untag", "tag"},         {BulkAction::stop, "stop", "resume"},        {BulkAction::resume, "resume", "stop"}};

Result<void> check(const BulkOrder& order) {
  if (order.runs.empty() != order.select.has_value())
    return fail(Code::invalid, "which runs are meant is not told", {}, "either `runs`, their ids, or `select`, a search");
  if (order.runs.size() > kMaxBulkRuns)
    return fail(Code::invalid, fmt::format("{} runs are named; at most {} are changed at once", order.runs.size(), kMaxBulkRuns));
  if ((order.action == BulkAction::tag) == order.tags.empty())
    return fail(Code::invalid, "`tags` go with the action `tag`", {}, R"({"action": "tag", "tags": {"team": "vision"}})");
  if ((order.action == BulkAction::untag) == order.keys.empty())
    return fail(Code::invalid, "`keys` go with the action `untag`", {}, R"({"action": "untag", "keys": ["team"]})");
  if (order.tags.size() + order.keys.size() > kMaxChangedTags) return fail(Code::invalid, fmt::format("at most {} tags are changed at once", kMaxChangedTags));
  for (const auto& [key, value] : order.tags) TRY(check_tag(key));
  for (const auto& key : order.keys) TRY(check_tag(key));
  return {};
}

// Adds the run to the step of the way back that does the same to others.
void undo_with(BulkOutcome& outcome, BulkUndo undo, const std::string& run_id) {
  const auto same = [&](const BulkUndo& one) { return one.action == undo.action && one.tags == undo.tags && one.keys == undo.keys; };
  auto at = std::ranges::find_if(outcome.undo, same);
  if (at == outcome.undo.end()) at = outcome.undo.insert(at, std::move(undo));
  at->runs.push_back(run_id);
}

// Whether it changed anything.
Result<bool> change_tags(sql::Tx& tx, const BulkOrder& order, const MarkedRun& run, BulkOutcome& outcome) {
  BulkUndo put_back{.action = BulkAction::tag, .runs = {}, .tags = {}, .keys = {}}, take{.action = BulkAction::untag, .runs = {}, .tags = {}, .keys = {}};
  const auto one = [&](const std::string& key, const std::optional<std::string>& value) -> Result<void> {
    auto before = TRY(exchange_tag(tx, run.id, key, value));
    if (before == value) return {};
    if (before) {
      put_back.tags[key] = std::move(*before);
    } else {
      take.keys.push_back(key);
    }
    return {};
  };
  for (const auto& [key, value] : order.tags) TRY(one(key, value));
  for (const auto& key : order.keys) TRY(one(key, std::nullopt));
  const bool changed = !put_back.tags.empty() || !take.keys.empty();
  if (!put_back.tags.empty()) undo_with(outcome, std::move(put_back), run.id);
  if (!take.keys.empty()) undo_with(outcome, std::move(take), run.id);
  return changed;
}

Result<bool> set_archived(sql::Tx& tx, const MarkedRun& run, bool archived, TimeMs now_ms) {
  if (TRY(read_tag(tx, run.id, kArchivedTag)).has_value() == archived) return false;
  if (archived) {
    TRY(put_tag(tx, run.id, kArchivedTag, to_iso(now_ms)));
  } else {
    TRY(drop_tag(tx, run.id, kArchivedTag));
  }
  TRY(publish_run(tx, now_ms, archived ? "run.archived" : "run.restored", run));
  return true;
}

Result<bool> set_stopped(sql::Tx& tx, const BulkOrder& order, const MarkedRun& run, std::string_view actor, TimeMs now_ms) {
  const auto before = TRY(read_signal(tx, run.id));
  const auto now = order.action == BulkAction::stop ? TRY(put_stop(tx, run, order.reason, actor, now_ms)) : TRY(take_stop_back(tx, run, actor, now_ms));
  return now.rev != before.rev;
}

}  // namespace

Result<BulkAction> parse_bulk_action(std::string_view word) {
  const auto at = std::ranges::find(kWords, word, &Word::text);
  if (at != std::end(kWords)) return at->action;
  return fail(Code::invalid, fmt::format("'action' cannot be '{:.40}'", word), {}, "one of: archive, restore, tag, untag, stop, resume");
}

std::string_view to_string(BulkAction action) { return std::ranges::find(kWords, action, &Word::action)->text; }

Result<std::vector<std::string>> Control::targets(const BulkOrder& order, BulkOutcome& outcome) {
  if (!order.select) {
    auto ids = order.runs;
    std::ranges::sort(ids);
    ids.erase(std::ranges::unique(ids).begin(), ids.end());
    return ids;
  }
  auto search = *order.select;
  search.limit = std::clamp<std::int64_t>(search.limit, 1, kMaxBulkRuns);
  const FilterContext context{db_.dialect(), clock_.now_ms()};
  auto statement = TRY(statement_of(search, context));
  TRY(add_order(statement, search, context));
  TRY(settle_owed(db_));
  const auto found = TRY(db_.read([&](sql::Tx& tx) { return read_runs(tx, statement, search, {}); }));
  outcome.more = !found.next.empty();
  std::vector<std::string> ids;
  for (const auto& row : found.rows) ids.push_back(row.id);
  return ids;
}

Result<void> Control::act(sql::Tx& tx, const BulkOrder& order, const std::string& run_id, std::string_view actor, BulkOutcome& outcome) {
  const auto now_ms = clock_.now_ms();
  const auto run = TRY(find_marked(tx, run_id));
  bool changed = false;
  if (order.action == BulkAction::tag || order.action == BulkAction::untag) {
    changed = TRY(change_tags(tx, order, run, outcome));
    if (changed) TRY(publish_run(tx, now_ms, "run.changed", run));
  } else {
    const bool archiving = order.action == BulkAction::archive || order.action == BulkAction::restore;
    changed = archiving ? TRY(set_archived(tx, run, order.action == BulkAction::archive, now_ms)) : TRY(set_stopped(tx, order, run, actor, now_ms));
    const auto way_back = std::ranges::find(kWords, order.action, &Word::action)->undo;
    if (changed) undo_with(outcome, {.action = TRY(parse_bulk_action(way_back)), .runs = {}, .tags = {}, .keys = {}}, run_id);
  }
  outcome.changed += changed;
  return {};
}

Result<BulkOutcome> Control::bulk(const BulkOrder& order, std::string_view actor) {
  TRY(check(order));
  BulkOutcome whole;
  const auto ids = TRY(targets(order, whole));
  whole.matched = std::ssize(ids);
  for (std::span<const std::string> rest = ids; !rest.empty();) {
    const auto piece = rest.first(std::min(kBulkPiece, rest.size()));
    whole = TRY(db_.write([&](sql::Tx& tx) -> Result<BulkOutcome> {
      auto outcome = whole;
      const auto changed_before = outcome.changed;
      for (const auto& id : piece) {
        const auto acted = act(tx, order, id, actor, outcome);
        if (acted) continue;
        const auto& trouble = acted.error();
        if (trouble.code != Code::not_found && trouble.code != Code::conflict && trouble.code != Code::invalid) return std::unexpected(trouble);
        ++outcome.skipped_total;
        if (outcome.skipped.size() < kMaxSkippedTold) outcome.skipped.push_back({id, trouble.message});
      }
      if (outcome.changed == changed_before) return outcome;
      TRY(governance::audit(
          tx, {clock_.now_ms(), std::string(actor), fmt::format("runs.{}", to_string(order.action)), governance::urn("project", governance::kProject),
               json::Object{{"runs", outcome.changed - changed_before}, {"first", piece.front()}, {"last", piece.back()}}}));
      return outcome;
    }));
    rest = rest.subspan(piece.size());
  }
  return whole;
}

}  // namespace gyre::tracking

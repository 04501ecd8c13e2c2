// Ends undo windows when they are over, and takes out what is marked.
#include <algorithm>
#include <utility>

#include "governance/governance.h"
#include "tracking/bin.h"
#include "tracking/purge.h"
#include "tracking/retention_marks.h"

namespace gyre::tracking {
namespace {

struct Moment {
  std::optional<std::int64_t> at_ms;
};

constexpr auto kAnything =
    "SELECT 1 FROM runs WHERE lifecycle <> 'active' UNION ALL SELECT 1 FROM logged_models WHERE deleted_ms IS NOT NULL UNION ALL SELECT 1 FROM experiments "
    "WHERE lifecycle = 'deleted' LIMIT 1";

constexpr auto kOldest =
    "SELECT MIN(at_ms) FROM (SELECT MIN(deleted_ms) AS at_ms FROM runs WHERE lifecycle = 'deleted' AND lifecycle <> 'active' UNION ALL SELECT MIN(deleted_ms) "
    "FROM logged_models WHERE deleted_ms IS NOT NULL AND purging = 0 UNION ALL SELECT MIN(deleted_ms) FROM experiments WHERE lifecycle = 'deleted') AS "
    "all_kinds";

}  // namespace

Result<void> Retention::look(TimeMs now_ms) {
  const auto ahead = next_ms_ && *next_ms_ > now_ms ? next_ms_ : std::nullopt;         // rules are due then
  if (!TRY(db_.read([](sql::Tx& tx) { return tx.select_one<Moment>(kAnything); }))) {  // most looks: nothing is written
    looked_ms_ = now_ms;
    next_ms_ = ahead;
    return {};
  }
  const auto window = TRY(undo_window_ms());
  TRY(db_.write([&](sql::Tx& tx) { return stamp_bin(tx, now_ms); }));
  const Ending ending{.now_ms = now_ms, .before_ms = now_ms - window, .window_ms = window, .actor = "retention:undo-window"};
  for (const auto kind : {Kind::run, Kind::model, Kind::experiment}) TRY(mark_all(kind, ending));
  purging_ = true;  // another server may have marked
  looked_ms_ = now_ms;
  next_ms_ = TRY(next_end(now_ms));
  if (ahead) next_ms_ = std::min(*ahead, next_ms_.value_or(*ahead));
  return {};
}

// When a window ends next; what is kept beyond its end does not hurry anybody.
Result<std::optional<TimeMs>> Retention::next_end(TimeMs now_ms) {
  const auto oldest = TRY(db_.read([](sql::Tx& tx) { return tx.select<Moment>(kOldest); })).front().at_ms;
  if (!oldest) return std::nullopt;
  const auto end = *oldest + TRY(undo_window_ms());
  return end > now_ms ? end : now_ms + kHourMs;
}

Result<DutyState> Retention::run_due(TimeMs now_ms) {
  DutyState state;
  const bool goes_on = std::exchange(cut_, false);
  const bool hurried = hurried_.exchange(false);
  if (hurried || !looked_ms_ || now_ms - *looked_ms_ >= kLookEveryMs || (next_ms_ && now_ms >= *next_ms_)) {
    TRY(look(now_ms));
    if ((hurried || !applied_ms_ || now_ms - *applied_ms_ >= kApplyEveryMs) && TRY(apply_rules(now_ms))) hurried_ = state.worked = true;
  }
  for (const auto begun = monotonic_ns(); purging_ && monotonic_ns() - begun < kSliceNs;) {
    const auto purged = TRY(purge_some(db_, blobs_));
    state.worked |= purged.more;
    if (!purged.more) purging_ = false;
  }
  cut_ = purging_;
  state.worked |= goes_on;                            // what it took out may have been the last of an experiment
  if (state.worked && !purging_) looked_ms_.reset();  // an experiment may be empty by now
  if (next_ms_) state.due_at(*next_ms_);
  state.worked |= TRY(count_quotas(now_ms));
  return state;
}

}  // namespace gyre::tracking

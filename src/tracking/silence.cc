#include "tracking/silence.h"

#include "governance/governance.h"
#include "tracking/run_marks.h"

namespace gyre::tracking {
namespace {

struct Due {
  std::string run_id;
  std::int64_t every_ms, last_ms;
};

Result<void> mark_silent(sql::Tx& tx, const Due& due, TimeMs now_ms) {
  struct Row {
    std::int64_t experiment_id;
    std::string name, status, lifecycle;
  };
  const auto row = TRY(tx.select_one<Row>("SELECT experiment_id, name, status, lifecycle FROM runs WHERE id = $1", due.run_id));
  const bool waited_for = row && row->lifecycle == "active" && !has_ended(row->status);
  TRY(tx.exec("UPDATE run_beats SET due_ms = NULL, silent_ms = $2 WHERE run_id = $1", due.run_id, waited_for ? std::optional(due.last_ms) : std::nullopt));
  if (!waited_for) return {};
  TRY(put_tag(tx, due.run_id, kSilentTag, to_iso(due.last_ms)));
  return publish_run(tx, now_ms, "run.silent", {due.run_id, row->experiment_id, row->name, row->status, row->lifecycle},
                     {{"since", to_iso(due.last_ms)}, {"every_ms", due.every_ms}});
}

}  // namespace

Result<DutyState> Silence::run_due(TimeMs now_ms) {
  struct Next {
    std::optional<std::int64_t> due_ms;
  };
  DutyState state;
  const auto next = TRY(db_.read([](sql::Tx& tx) { return tx.select<Next>("SELECT MIN(due_ms) FROM run_beats WHERE due_ms IS NOT NULL"); })).front().due_ms;
  if (!next) return state;
  if (*next > now_ms) return state.due_at(*next), state;
  const auto marked = TRY(db_.write([&](sql::Tx& tx) -> Result<std::size_t> {
    const auto due = TRY(tx.select<Due>(
        "SELECT run_id, every_ms, last_ms FROM run_beats WHERE due_ms IS NOT NULL AND due_ms <= $1 ORDER BY due_ms, run_id LIMIT $2", now_ms, kMarkedAtOnce));
    for (const auto& one : due) TRY(mark_silent(tx, one, now_ms));
    return due.size();
  }));
  state.worked = marked > 0;
  return state;
}

}  // namespace gyre::tracking

#include "tracking/logging_run.h"

#include "tracking/rules.h"
#include "tracking/run_marks.h"

namespace gyre::tracking {

Result<LoggingRun> find_logging(sql::Tx& tx, std::string_view run_id) {
  struct Row {
    std::string lifecycle;
    std::int64_t experiment_id, rewinds;
    std::optional<std::int64_t> revision, every_ms, last_ms, silent_ms;
  };
  const auto row =
      TRY(tx.select_one<Row>("SELECT r.lifecycle, r.experiment_id, r.rewinds, (SELECT w.rev FROM metric_watch_revisions AS w WHERE w.name = 'metrics'), "
                             "b.every_ms, b.last_ms, b.silent_ms FROM runs AS r LEFT JOIN run_beats AS b ON b.run_id = r.id WHERE r.id = $1",
                             run_id));
  if (!row || row->lifecycle != "active") TRY(check_active(tx, run_id));
  if (!row) return fail(Code::internal, "a run appeared while it was looked for");
  LoggingRun run{row->experiment_id, row->rewinds, row->revision.value_or(0), std::nullopt};
  if (row->every_ms) run.beats = {*row->every_ms, row->last_ms.value_or(0), row->silent_ms.has_value()};
  return run;
}

Result<void> note_heard(sql::Tx& tx, std::string_view run_id, const LoggingRun& run, TimeMs now_ms) {
  if (!run.beats || (!run.beats->silent && now_ms - run.beats->last_ms < run.beats->every_ms / 2)) return {};
  TRY(tx.exec(
      "UPDATE run_beats SET last_ms = $2, due_ms = CASE WHEN due_ms IS NULL AND silent_ms IS NULL THEN NULL ELSE $2 + $3 * every_ms END, silent_ms = NULL "
      "WHERE run_id = $1 AND last_ms < $2",
      run_id, now_ms, kMissedBeats));
  if (!run.beats->silent || tx.changed_rows() == 0) return {};
  TRY(drop_tag(tx, run_id, kSilentTag));
  return publish_run(tx, now_ms, "run.heard", TRY(find_marked(tx, run_id)));
}

}  // namespace gyre::tracking

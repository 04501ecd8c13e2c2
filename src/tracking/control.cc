// Stop, resume, and how a run stands.
#include "tracking/control.h"

#include <fmt/format.h>

#include "tracking/rules.h"
#include "tracking/run_marks.h"

namespace gyre::tracking {

Result<StopSignal> Control::stop(std::string_view run_id, std::string_view reason, std::string_view actor) {
  return db_.write([&](sql::Tx& tx) -> Result<StopSignal> { return put_stop(tx, TRY(find_marked(tx, run_id)), reason, actor, clock_.now_ms()); });
}

Result<StopSignal> Control::resume(std::string_view run_id, std::string_view actor) {
  return db_.write([&](sql::Tx& tx) -> Result<StopSignal> { return take_stop_back(tx, TRY(find_marked(tx, run_id)), actor, clock_.now_ms()); });
}

Result<StopSignal> Control::signal(std::string_view run_id) {
  struct Row {
    std::optional<std::int64_t> standing, asked_ms;
    std::optional<std::string> asked_by, reason;
    std::optional<std::int64_t> rev;
  };
  return db_.read([&](sql::Tx& tx) -> Result<StopSignal> {
    const auto row =
        TRY(tx.select_one<Row>("SELECT s.standing, s.asked_ms, s.asked_by, s.reason, s.rev FROM runs AS r LEFT JOIN run_stops AS s ON "
                               "s.run_id = r.id WHERE r.id = $1 AND r.lifecycle <> 'purging'",
                               run_id));
    if (!row) return fail(Code::not_found, fmt::format("Run with id={:.80} not found", run_id));
    if (row->standing.value_or(0) == 0) return StopSignal{.rev = row->rev.value_or(0)};
    return StopSignal{true, row->reason.value_or(""), row->asked_by.value_or(""), row->asked_ms.value_or(0), *row->rev};
  });
}

namespace {

std::string state_of(std::string_view status, const RunStanding& standing) {
  if (status == "FINISHED") return "finished";
  if (status == "FAILED") return "crashed";
  if (status == "KILLED") return "killed";
  if (standing.heartbeat && standing.heartbeat->silent_ms > 0) return "silent";
  if (standing.signal.stop) return "stopping";
  return status == "SCHEDULED" ? "scheduled" : "running";
}

}  // namespace

Result<RunStanding> Control::standing(std::string_view run_id) {
  struct Status {
    std::string status, lifecycle;
  };
  struct Beats {
    std::int64_t every_ms, last_ms;
    std::optional<std::int64_t> silent_ms;
  };
  return db_.read([&](sql::Tx& tx) -> Result<RunStanding> {
    const auto run = TRY(tx.select_one<Status>("SELECT status, lifecycle FROM runs WHERE id = $1", run_id));
    if (!run || run->lifecycle == kPurging) return fail(Code::not_found, fmt::format("Run with id={:.80} not found", run_id));
    RunStanding standing{.state = {}, .archived_ms = 0, .signal = TRY(read_signal(tx, run_id)), .heartbeat = {}};
    if (const auto archived = TRY(read_tag(tx, run_id, kArchivedTag))) standing.archived_ms = from_iso(*archived).value_or(1);
    if (const auto beats = TRY(tx.select_one<Beats>("SELECT every_ms, last_ms, silent_ms FROM run_beats WHERE run_id = $1", run_id)))
      standing.heartbeat = Heartbeat{beats->every_ms, beats->last_ms, beats->silent_ms.value_or(0)};
    standing.state = state_of(run->status, standing);
    return standing;
  });
}

Result<Heartbeat> Control::beat(std::string_view run_id, std::optional<std::int64_t> every_ms) {
  struct Beats {
    std::int64_t every_ms, last_ms;
    std::optional<std::int64_t> silent_ms;
  };
  if (every_ms && (*every_ms < kLeastBeatMs || *every_ms > kMostBeatMs))
    return fail(Code::invalid,
                fmt::format("a heartbeat comes each {} to {} seconds, not each {} ms", kLeastBeatMs / kSecondMs, kMostBeatMs / kSecondMs, *every_ms), {},
                "{\"every_s\": 20}");
  const auto find = [&](sql::Tx& tx) { return tx.select_one<Beats>("SELECT every_ms, last_ms, silent_ms FROM run_beats WHERE run_id = $1", run_id); };
  const auto now_ms = clock_.now_ms();
  const auto known = TRY(db_.read(find));
  if (known && (!every_ms || *every_ms == known->every_ms) && !known->silent_ms && now_ms - known->last_ms < known->every_ms / 4)
    return Heartbeat{known->every_ms, known->last_ms, 0};
  return db_.write([&](sql::Tx& tx) -> Result<Heartbeat> {
    const auto run = TRY(find_marked(tx, run_id));
    if (has_ended(run.status)) return fail(Code::conflict, fmt::format("the run {} has ended: {}", run.id, run.status), {}, "it needs to beat no more");
    const auto there = TRY(find(tx));
    if (!there && !every_ms) return fail(Code::invalid, "a run's first heartbeat tells how often it comes", {}, "{\"every_s\": 20}");
    const auto every = every_ms.value_or(there ? there->every_ms : 0);
    TRY(
        tx.exec("INSERT INTO run_beats (run_id, every_ms, last_ms, due_ms, silent_ms) VALUES ($1, $2, $3, $4, NULL) ON CONFLICT (run_id) DO UPDATE SET "
                "every_ms = excluded.every_ms, last_ms = excluded.last_ms, due_ms = excluded.due_ms, silent_ms = NULL",
                run_id, every, now_ms, now_ms + kMissedBeats * every));
    if (there && there->silent_ms) {
      TRY(drop_tag(tx, run_id, kSilentTag));
      TRY(publish_run(tx, now_ms, "run.heard", run));
    }
    return Heartbeat{every, now_ms, 0};
  });
}

}  // namespace gyre::tracking

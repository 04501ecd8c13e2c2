#include "tracking/run_marks.h"

#include <fmt/format.h>

#include "governance/governance.h"
#include "storage/sql/outbox.h"
#include "tracking/names.h"
#include "tracking/rules.h"

namespace gyre::tracking {

Result<MarkedRun> find_marked(sql::Tx& tx, std::string_view run_id) {
  auto run = TRY(tx.select_one<MarkedRun>("SELECT id, experiment_id, name, status, lifecycle FROM runs WHERE id = $1", run_id));
  if (!run || run->lifecycle == kPurging) return fail(Code::not_found, fmt::format("Run with id={:.80} not found", run_id));
  if (run->lifecycle != "active")
    return fail(Code::invalid, fmt::format("the run {} is in the bin", run_id), {}, fmt::format("gyre retention restore run:{}", run_id));
  return std::move(*run);
}

Result<void> put_tag(sql::Tx& tx, std::string_view run_id, std::string_view key, std::string_view value) {
  return put_run_tags(tx, run_id, {{std::string(key), std::string(value)}});
}

Result<bool> drop_tag(sql::Tx& tx, std::string_view run_id, std::string_view key) {
  TRY(tx.exec("DELETE FROM run_tags WHERE run_id = $1 AND key = $2", run_id, key));
  return tx.changed_rows() > 0;
}

Result<std::optional<std::string>> read_tag(sql::Tx& tx, std::string_view run_id, std::string_view key) {
  struct Row {
    std::string value;
  };
  auto row = TRY(tx.select_one<Row>("SELECT value FROM run_tags WHERE run_id = $1 AND key = $2", run_id, key));
  return row ? std::optional(std::move(row->value)) : std::nullopt;
}

Result<void> publish_run(sql::Tx& tx, TimeMs now_ms, std::string_view topic, const MarkedRun& run, json::Object more) {
  json::Object payload{{"run", run.id}, {"experiment", std::to_string(run.experiment_id)}, {"name", run.name}};
  for (auto& member : more) payload.push_back(std::move(member));
  return outbox::publish(tx, now_ms, topic, governance::urn("run", run.id), payload);
}

namespace {

struct StopRow {
  std::int64_t standing, asked_ms;
  std::string asked_by, reason;
  std::int64_t rev;
  StopSignal value() const {
    if (standing == 0) return {.rev = rev};
    return {true, reason, asked_by, asked_ms, rev};
  }
};

}  // namespace

Result<StopSignal> read_signal(sql::Tx& tx, std::string_view run_id) {
  const auto row = TRY(tx.select_one<StopRow>("SELECT standing, asked_ms, asked_by, reason, rev FROM run_stops WHERE run_id = $1", run_id));
  return row ? row->value() : StopSignal{};
}

Result<StopSignal> put_stop(sql::Tx& tx, const MarkedRun& run, std::string_view reason, std::string_view actor, TimeMs now_ms) {
  if (has_ended(run.status))
    return fail(Code::conflict, fmt::format("the run {} has ended: {}", run.id, run.status), {}, "only what goes on can be asked to stop");
  const auto there = TRY(read_signal(tx, run.id));
  if (there.stop) return there;
  const auto words = shortened(reason, kMaxReasonCharacters);
  TRY(
      tx.exec("INSERT INTO run_stops (run_id, standing, asked_ms, asked_by, reason, rev) VALUES ($1, 1, $2, $3, $4, 1) ON CONFLICT (run_id) DO UPDATE SET "
              "standing = 1, asked_ms = excluded.asked_ms, asked_by = excluded.asked_by, reason = excluded.reason, rev = run_stops.rev + 1",
              run.id, now_ms, actor, words));
  TRY(put_tag(tx, run.id, kStopTag, words.empty() ? fmt::format("asked by {}", actor) : words));
  TRY(governance::audit(tx, {now_ms, std::string(actor), "run.stop", governance::urn("run", run.id), json::Object{{"reason", words}}}));
  TRY(publish_run(tx, now_ms, "run.stop", run, {{"reason", words}, {"by", actor}}));
  return read_signal(tx, run.id);
}

Result<StopSignal> take_stop_back(sql::Tx& tx, const MarkedRun& run, std::string_view actor, TimeMs now_ms) {
  if (!TRY(read_signal(tx, run.id)).stop) return read_signal(tx, run.id);
  if (has_ended(run.status))
    return fail(Code::conflict, fmt::format("the run {} has ended: {}", run.id, run.status), {}, "gyre run rewind lets it go on from a step");
  TRY(tx.exec("UPDATE run_stops SET standing = 0, rev = rev + 1 WHERE run_id = $1", run.id));
  TRY(drop_tag(tx, run.id, kStopTag));
  TRY(governance::audit(tx, {now_ms, std::string(actor), "run.resume", governance::urn("run", run.id), {}}));
  TRY(publish_run(tx, now_ms, "run.resume", run, {{"by", actor}}));
  return read_signal(tx, run.id);
}

Result<std::optional<RunBrief>> run_brief(sql::Tx& tx, std::string_view run_id) {
  auto run = TRY(tx.select_one<MarkedRun>("SELECT id, experiment_id, name, status, lifecycle FROM runs WHERE id = $1 AND lifecycle <> 'purging'", run_id));
  if (!run) return std::nullopt;
  return RunBrief{run->id, std::to_string(run->experiment_id), run->name, run->status, run->lifecycle};
}

Result<void> ask_to_stop(sql::Tx& tx, std::string_view run_id, std::string_view reason, std::string_view actor, TimeMs now_ms) {
  const auto brief = TRY(run_brief(tx, run_id));
  if (brief && brief->goes_on()) TRY(put_stop(tx, TRY(find_marked(tx, run_id)), reason, actor, now_ms));
  return {};
}

Result<void> note_status(sql::Tx& tx, std::string_view run_id, std::string_view before, std::string_view after, TimeMs now_ms) {
  if (before == after) return {};
  if (has_ended(after)) {
    TRY(tx.exec("UPDATE run_beats SET due_ms = NULL, silent_ms = NULL WHERE run_id = $1 AND (due_ms IS NOT NULL OR silent_ms IS NOT NULL)", run_id));
    if (tx.changed_rows() > 0) TRY(drop_tag(tx, run_id, kSilentTag));
  } else if (has_ended(before)) {
    TRY(tx.exec("UPDATE run_stops SET standing = 0, rev = rev + 1 WHERE run_id = $1 AND standing = 1", run_id));
    if (tx.changed_rows() > 0) TRY(drop_tag(tx, run_id, kStopTag));
    TRY(tx.exec("UPDATE run_beats SET last_ms = $2, due_ms = $2 + $3 * every_ms, silent_ms = NULL WHERE run_id = $1", run_id, now_ms, kMissedBeats));
  }
  return {};
}

}  // namespace gyre::tracking

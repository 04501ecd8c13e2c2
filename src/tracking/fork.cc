// New runs from old ones: what is there at once.
#include "tracking/fork.h"

#include <fmt/format.h>

#include "base/id.h"
#include "governance/governance.h"
#include "tracking/id_blocks.h"
#include "tracking/names.h"
#include "tracking/quota_gate.h"
#include "tracking/rules.h"
#include "tracking/run_marks.h"
#include "tracking/run_rows.h"

namespace gyre::tracking {
namespace {

std::string step_text(const Step& step) { return step.fraction == 0 ? std::to_string(step.whole) : fmt::format("{}", number_of(step)); }
std::string origin_text(std::string_view run_id, const Step& step) { return fmt::format("{}@{}", run_id, step_text(step)); }

Result<void> check_id(std::string_view id) {
  constexpr std::size_t kLongest = 64;
  const auto plain = [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
  bool sound = !id.empty() && id.size() <= kLongest && plain(id.front());
  for (const char c : id) sound = sound && (plain(c) || c == '_' || c == '-');
  if (sound) return {};
  return fail(Code::invalid, fmt::format("'{:.80}' cannot be a run's id", id), {}, "1 to 64 letters, digits, - and _, a letter or digit first");
}

Result<RunRow> find_row(sql::Tx& tx, std::string_view id) {
  TRY(find_marked(tx, id));
  return TRY(tx.select_one<RunRow>(fmt::format("SELECT {} FROM runs AS r WHERE r.id = $1", kRunColumns), id)).value();
}

// Files are not copied: those of the new run lie in a folder of its own, beside the parent's.
std::string files_of(const RunRow& parent, std::string_view id) {
  const auto at = parent.artifact_uri.rfind(parent.id);
  if (at == std::string::npos) return fmt::format("{}/{}", parent.artifact_uri, id);
  return parent.artifact_uri.substr(0, at) + std::string(id) + parent.artifact_uri.substr(at + parent.id.size());
}

constexpr std::string_view kOwnTags =
    "'gyre.stop', 'gyre.silent', 'gyre.archived', 'gyre.forkedFrom', 'gyre.rewoundFrom', 'gyre.pipeline_run', 'mlflow.runName'";

struct NewCopy {
  std::string id, name, user, status;
  TimeMs start_ms = 0;
  std::optional<TimeMs> end_ms;
  std::string tag, relation;
  Step step;
};

// A run like `parent`, without its points.
Result<void> insert_like(sql::Tx& tx, const RunRow& parent, const NewCopy& copy, TimeMs now_ms) {
  TRY(
      tx.exec("INSERT INTO runs (id, experiment_id, name, user_name, status, start_ms, end_ms, lifecycle, artifact_uri) VALUES ($1, $2, $3, $4, $5, $6, $7, "
              "'active', $8)",
              copy.id, parent.experiment_id, copy.name, copy.user, copy.status, copy.start_ms, copy.end_ms, files_of(parent, copy.id)));
  TRY(tx.exec("INSERT INTO run_params (run_id, key, value) SELECT $1, key, value FROM run_params WHERE run_id = $2", copy.id, parent.id));
  TRY(tx.exec(fmt::format("INSERT INTO run_tags (run_id, key, value) SELECT $1, key, value FROM run_tags WHERE run_id = $2 AND key NOT IN ({})", kOwnTags),
              copy.id, parent.id));
  TRY(tx.exec("INSERT INTO run_datasets (run_id, digest, name, body) SELECT $1, digest, name, body FROM run_datasets WHERE run_id = $2", copy.id, parent.id));
  TRY(put_run_tags(tx, copy.id, {{"mlflow.runName", copy.name}, {copy.tag, origin_text(parent.id, copy.step)}}));
  const auto urn = governance::urn("run", copy.id), origin = governance::urn("run", parent.id);
  TRY(governance::put_node(tx, {urn, "run", copy.name, now_ms, json::Object{{"experiment", std::to_string(parent.experiment_id)}}}));
  if (!TRY(governance::is_known(tx, origin))) TRY(governance::put_node(tx, {origin, "run", parent.name, now_ms, {}}));
  return governance::link(tx, {origin, urn, copy.relation, now_ms});
}

Result<void> order_copy(sql::Tx& tx, std::string_view run_id, std::string_view source, const Step& step, TimeMs now_ms) {
  return tx.exec(
      "INSERT INTO run_copies (run_id, source_id, step, fraction, state, key, position, points, created_ms, trouble) VALUES ($1, $2, $3, $4, 'copying', "
      "'', 0, 0, $5, '') ON CONFLICT (run_id) DO UPDATE SET source_id = excluded.source_id, step = excluded.step, fraction = excluded.fraction, state = "
      "'copying', key = '', position = 0, points = 0, created_ms = excluded.created_ms, trouble = ''",
      run_id, source, step.whole, step.fraction, now_ms);
}

// The same fork, asked for once more.
Result<bool> is_same_fork(sql::Tx& tx, const std::string& id, std::string_view parent, const Step& step) {
  struct Row {
    std::int64_t one;
  };
  if (!TRY(tx.select_one<Row>("SELECT 1 FROM runs WHERE id = $1", id))) return false;
  if (TRY(read_tag(tx, id, kForkTag)) == origin_text(parent, step)) return true;
  return fail(Code::conflict, fmt::format("there is a run {} already, and it is not this fork", id), {}, "choose another id, or leave it out");
}

}  // namespace

Forks::Forks(sql::Db& db, Service& tracking, const Clock& clock) : db_(db), tracking_(tracking), clock_(clock), ids_(std::make_unique<IdBlocks>(db)) {}
Forks::~Forks() = default;

Result<Forked> Forks::fork(std::string_view parent_id, const ForkOrder& order, std::string_view actor) {
  if (!order.id.empty()) TRY(check_id(order.id));
  const auto id = order.id.empty() ? make_hex_id() : order.id;
  QuotaGate quotas(db_);
  quotas.refresh(clock_.now_ms());
  TRY(quotas.check_points(parent_id));
  return db_.write([&](sql::Tx& tx) -> Result<Forked> {
    const auto parent = TRY(find_row(tx, parent_id));
    if (TRY(is_same_fork(tx, id, parent_id, order.step))) return Forked{id, {}};
    TRY(quotas.check_run(parent.experiment_id));
    const auto now_ms = clock_.now_ms();
    const auto name = order.name.empty() ? fmt::format("{}@{}", parent.name, step_text(order.step)) : order.name;
    TRY(insert_like(tx, parent,
                    {.id = id,
                     .name = name,
                     .user = order.user.empty() ? parent.user : order.user,
                     .status = "RUNNING",
                     .start_ms = now_ms,
                     .end_ms = {},
                     .tag = std::string(kForkTag),
                     .relation = "forked",
                     .step = order.step},
                    now_ms));
    TRY(order_copy(tx, id, parent_id, order.step, now_ms));
    const MarkedRun made{id, parent.experiment_id, name, "RUNNING", "active"};
    TRY(governance::audit(tx,
                          {now_ms, std::string(actor), "run.fork", governance::urn("run", id), json::Object{{"from", origin_text(parent_id, order.step)}}}));
    TRY(publish_run(tx, now_ms, "run.created", made, {{"status", "RUNNING"}, {"forked_from", std::string(parent_id)}}));
    return Forked{id, {}};
  });
}

namespace {

// All points change their owner at once; the run keeps none.
Result<void> move_points(sql::Tx& tx, std::string_view from, std::string_view to) {
  for (const auto* table : {"metric_series", "metric_tail", "metric_owed"})
    TRY(tx.exec(fmt::format("UPDATE {} SET run_id = $2 WHERE run_id = $1", table), from, to));
  return tx.exec("UPDATE runs SET rewinds = rewinds + 1 WHERE id IN ($1, $2)", from, to);
}

Result<void> refuse_while_copying(sql::Tx& tx, std::string_view run_id) {
  struct Row {
    std::string run_id;
  };
  const auto busy = TRY(tx.select_one<Row>("SELECT run_id FROM run_copies WHERE state = 'copying' AND (run_id = $1 OR source_id = $1) LIMIT 1", run_id));
  if (!busy) return {};
  return fail(Code::conflict, fmt::format("points are on their way: those of {} are not all there yet", busy->run_id), {}, "try again in a moment");
}

}  // namespace

Result<Forked> Forks::rewind(std::string_view run_id, const Step& step, std::string_view actor) {
  const auto archive = make_hex_id();
  return db_.write([&](sql::Tx& tx) -> Result<Forked> {
    const auto run = TRY(find_row(tx, run_id));
    TRY(refuse_while_copying(tx, run_id));
    const auto now_ms = clock_.now_ms();
    const auto name = fmt::format("{} before its rewind to {}", run.name, step_text(step));
    TRY(insert_like(tx, run,
                    {.id = archive,
                     .name = name,
                     .user = run.user,
                     .status = has_ended(run.status) ? run.status : "KILLED",
                     .start_ms = run.start_ms,
                     .end_ms = run.end_ms ? run.end_ms : std::optional(now_ms),
                     .tag = std::string(kRewoundTag),
                     .relation = "rewound",
                     .step = step},
                    now_ms));
    TRY(put_tag(tx, archive, kArchivedTag, to_iso(now_ms)));
    TRY(move_points(tx, run_id, archive));
    TRY(order_copy(tx, run_id, archive, step, now_ms));
    TRY(note_status(tx, run_id, "KILLED", "RUNNING", now_ms));  // what was asked of it before counts no more
    TRY(tx.exec("UPDATE runs SET status = 'RUNNING', end_ms = NULL WHERE id = $1", run_id));
    TRY(governance::audit(
        tx, {now_ms, std::string(actor), "run.rewind", governance::urn("run", run_id), json::Object{{"step", number_of(step)}, {"archive", archive}}}));
    TRY(publish_run(tx, now_ms, "run.rewound", {run.id, run.experiment_id, run.name, "RUNNING", "active"}, {{"step", number_of(step)}, {"archive", archive}}));
    return Forked{std::string(run_id), archive};
  });
}

Result<std::optional<Copying>> Forks::copying(std::string_view run_id) {
  struct Row {
    std::string state, source_id;
    std::int64_t step;
    double fraction;
    std::int64_t points;
    std::string trouble;
  };
  return db_.read([&](sql::Tx& tx) -> Result<std::optional<Copying>> {
    const auto row = TRY(tx.select_one<Row>("SELECT state, source_id, step, fraction, points, trouble FROM run_copies WHERE run_id = $1", run_id));
    if (!row) return std::nullopt;
    return Copying{row->state, row->source_id, {row->step, row->fraction}, row->points, row->trouble};
  });
}

}  // namespace gyre::tracking

// What runs report: points, parameters, tags.
#include <fmt/format.h>

#include "tracking/engine.h"
#include "tracking/logging_run.h"
#include "tracking/metrics.h"
#include "tracking/names.h"
#include "tracking/rules.h"
#include "tracking/tracking.h"

namespace gyre::tracking {
namespace {

// MLflow tells of one parameter alone by its key, of those of a batch by their list.
std::unexpected<Error> refuse_change(std::string_view run_id, const Batch& batch, const Param& param, std::string_view old_value, std::string_view all) {
  if (!batch.single)
    return fail(Code::invalid, fmt::format("Changing param values is not allowed. Params were already logged='[{}]' for run ID='{}'.", all, run_id));
  return fail(
      Code::invalid,
      fmt::format(
          "Changing param values is not allowed. Param with key='{}' was already logged with value='{}' for run ID='{}'. Attempted logging new value '{}'.",
          param.key, old_value, run_id, shortened(param.value, kMaxParamCharacters)));
}

struct Value {
  std::string value;
};

// How many of them the run did not have.
Result<std::size_t> insert_params(sql::Tx& tx, std::string_view run_id, const std::vector<Param>& params) {
  constexpr std::string_view kColumns[] = {"run_id", "key", "value"};
  std::vector<std::string> values;
  values.reserve(params.size());
  std::vector<sql::Value> rows;
  for (const auto& param : params) {
    values.push_back(shortened(param.value, kMaxParamCharacters));
    rows.insert(rows.end(), {sql::to_value(run_id), sql::to_value(param.key), sql::to_value(values.back())});
  }
  std::size_t made = 0;
  TRY(tx.insert_many("run_params", kColumns, rows, "ON CONFLICT DO NOTHING RETURNING key", [&](auto) { ++made; }));
  return made;
}

Result<void> put_params(sql::Tx& tx, std::string_view run_id, const Batch& batch) {
  if (batch.params.empty() || TRY(insert_params(tx, run_id, batch.params)) == batch.params.size()) return {};
  std::string changed;
  const Param* first = nullptr;
  std::string first_value;
  for (const auto& param : batch.params) {
    const auto value = shortened(param.value, kMaxParamCharacters);
    const auto there = TRY(tx.select_one<Value>("SELECT value FROM run_params WHERE run_id = $1 AND key = $2", run_id, param.key));
    if (!there || there->value == value) continue;
    if (!first) first = &param, first_value = there->value;
    changed += fmt::format("{}{{'key': {}, 'old_value': {}, 'new_value': {}}}", changed.empty() ? "" : ", ", python_quoted(param.key),
                           python_quoted(there->value), python_quoted(value));
  }
  if (first) return refuse_change(run_id, batch, *first, first_value, changed);
  return {};
}

Result<void> write_batch(sql::Db& db, Engine& engine, TimeMs now_ms, std::string_view run_id, const Batch& batch) {
  const auto points = static_cast<std::int64_t>(batch.metrics.size());
  const auto first_id = points > 0 ? TRY(engine.ids.take(points + 1)) : 0;
  const auto grouped = group(batch.metrics);
  const auto packed = pack_known(grouped, *engine.series.of(run_id));
  bool by_memory = false;
  const auto made = TRY(db.write([&](sql::Tx& tx) -> Result<SeriesIds> {
    SeriesIds ids;
    const auto run = TRY(find_logging(tx, run_id));
    TRY(put_params(tx, run_id, batch));
    by_memory = packed && run.rewinds == 0;
    if (by_memory) {
      TRY(append_tail(tx, run_id, first_id, points, *packed));
      TRY(put_owed(tx, run_id, first_id));
    } else if (points > 0) {
      ids = TRY(append_metrics(tx, run_id, grouped, first_id));
    }
    if (points > 0) TRY(engine.watches.keep(tx, {run_id, run.experiment_id, run.watch_revision, first_id, batch.metrics, now_ms}));
    TRY(note_heard(tx, run_id, run, now_ms));
    TRY(put_model_metrics(tx, run_id, batch.model_metrics));
    TRY(put_run_tags(tx, run_id, batch.tags));
    return ids;
  }));
  if (made.size() > kMaxPaidAtOnce) engine.series.add(run_id, made);
  if (by_memory) engine.settler.noted(now_ms);
  if (points > 0) engine.book.logged(run_id, points, static_cast<std::int64_t>(grouped.keys.size()), now_ms);
  return {};
}

bool only_points(const Batch& batch) { return !batch.metrics.empty() && batch.params.empty() && batch.tags.empty() && batch.model_metrics.empty(); }

}  // namespace

Result<void> Service::log_batch(std::string_view run_id, const Batch& batch) {
  TRY(check(batch));
  if (!batch.metrics.empty()) {
    engine_->quotas.refresh(clock_.now_ms());
    TRY(engine_->quotas.check_points(run_id));
  }
  const auto write = [&](const Batch& whole) { return write_batch(db_, *engine_, clock_.now_ms(), run_id, whole); };
  return only_points(batch) ? engine_->together.write(run_id, batch, write) : write(batch);
}

}  // namespace gyre::tracking

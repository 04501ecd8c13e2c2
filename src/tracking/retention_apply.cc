// Whom a rule finds, what it would free, and how it puts them into the bin.
#include <fmt/format.h>

#include "governance/governance.h"
#include "tracking/bin.h"
#include "tracking/filter.h"
#include "tracking/owed.h"
#include "tracking/purge.h"
#include "tracking/retention_marks.h"
#include "tracking/retention_rules.h"

namespace gyre::tracking {
namespace {

struct State {
  std::string status, lifecycle;
};

constexpr auto kModelsOfRun = "SELECT id, artifact_uri FROM logged_models WHERE source_run_id = $1 AND deleted_ms IS NULL ORDER BY id LIMIT 64";
constexpr auto kNotKept = "r.id, r.experiment_id, r.name, r.status, r.artifact_uri, r.start_ms, r.end_ms";

// Ranks are of those that match, within each experiment; what has no such metric is not among the best. Where none of them has it nobody
// knows what is best, as with a name that was mistyped, and all stay.
std::string text_of(const Rule& rule, Condition& condition) {
  const auto bind = [&](Bound value) {
    condition.values.push_back(std::move(value));
    return fmt::format("${}", condition.values.size());
  };
  const auto metric =
      rule.metric.empty() ? std::string("NULL") : fmt::format("(SELECT latest_value FROM metric_series WHERE run_id = r.id AND key = {})", bind(rule.metric));
  const auto matching = fmt::format("SELECT {}, {} AS measure FROM runs AS r WHERE r.lifecycle = 'active' AND {}", kNotKept, metric, condition.text);
  auto text = fmt::format(
      "SELECT r.id, r.experiment_id, r.name, r.status, r.artifact_uri, COALESCE(r.end_ms, r.start_ms) FROM (SELECT {0}, measure, ROW_NUMBER() OVER "
      "(PARTITION BY experiment_id ORDER BY start_ms DESC, id DESC) AS latest, ROW_NUMBER() OVER (PARTITION BY experiment_id ORDER BY CASE WHEN measure IS "
      "NULL THEN 1 ELSE 0 END, measure {1}, id) AS best, COUNT(measure) OVER (PARTITION BY experiment_id) AS measured FROM ({2}) AS r) AS r "
      "WHERE r.status <> 'RUNNING'",
      kNotKept, rule.lowest ? "ASC" : "DESC", matching);
  if (rule.keep_latest > 0) text += fmt::format(" AND latest > {}", bind(rule.keep_latest));
  if (rule.keep_best > 0) text += fmt::format(" AND measured > 0 AND (best > {} OR measure IS NULL)", bind(rule.keep_best));
  return text;
}

}  // namespace

Result<std::vector<Retention::Candidate>> Retention::candidates(const Rule& rule, std::string_view after, std::int64_t limit) {
  const auto now_ms = clock_.now_ms();
  auto condition = TRY(compile(rule.filter, run_fields(), 1, {db_.dialect(), now_ms}));
  if (const auto experiment = TRY(experiment_or_all(rule.experiment_id)); experiment >= 0) {
    condition.values.emplace_back(experiment);
    condition.text = fmt::format("({}) AND r.experiment_id = ${}", condition.text, condition.values.size());
  }
  auto text = text_of(rule, condition);
  const auto first = condition.values.size() + 1;
  text += fmt::format(" AND COALESCE(r.end_ms, r.start_ms) <= ${} AND r.id > ${} ORDER BY r.id LIMIT ${}", first, first + 1, first + 2);
  condition.values.emplace_back(now_ms - rule.older_than_ms);
  condition.values.emplace_back(std::string(after));
  condition.values.emplace_back(limit);
  return db_.read([&](sql::Tx& tx) -> Result<std::vector<Candidate>> {
    std::vector<Candidate> found;
    TRY(tx.run_with(text, condition.args(), [&](std::span<const sql::Value> row) { found.push_back(sql::to_record<Candidate>(row)); }));
    return found;
  });
}

Result<std::optional<std::string>> Retention::why_candidate_kept(sql::Tx& tx, const Candidate& candidate) {
  const Due due{candidate.id, candidate.experiment_id, candidate.status, candidate.artifact_uri, INT64_MAX};
  return why_run_kept(tx, due, {.now_ms = clock_.now_ms(), .before_ms = 0, .window_ms = 0, .actor = {}});
}

// The logged models of a run that nobody needs.
Result<std::vector<Retention::ModelFiles>> Retention::models_that_go(sql::Tx& tx, std::string_view run_id) {
  std::vector<ModelFiles> go;
  for (auto& model : TRY(tx.select<ModelFiles>(kModelsOfRun, run_id))) {
    if (!TRY(why_kept(tx, {.run_id = {}, .model_id = model.id, .experiment_id = {}, .files = files_prefix(model.artifact_uri, model.id)})))
      go.push_back(std::move(model));
  }
  return go;
}

// Stamped as the run is, so that they come back with it.
Result<std::int64_t> Retention::bin_models(sql::Tx& tx, std::string_view run_id, TimeMs now_ms) {
  const auto models = TRY(models_that_go(tx, run_id));
  for (const auto& model : models)
    TRY(tx.exec("UPDATE logged_models SET deleted_ms = $1, updated_ms = $1 WHERE id = $2 AND deleted_ms IS NULL", now_ms, model.id));
  return std::ssize(models);
}

// Writes to the row of the rule or quota in the transaction that bins: so one that was changed or taken away meanwhile takes nothing
// more, `cancelled`, and one that is changed beside it waits or makes it begin again.
Result<void> Retention::note_binned(sql::Tx& tx, const Binner& by, std::int64_t count, TimeMs now_ms) {
  if (by.changed_ms) {
    TRY(tx.exec("UPDATE retention_rules SET applied_ms = $1, binned = binned + $2 WHERE name = $3 AND changed_ms = $4", now_ms, count, by.name,
                *by.changed_ms));
  } else {
    TRY(tx.exec("UPDATE retention_quotas SET body = body WHERE experiment_id = $1 AND body = $2", TRY(experiment_or_all(by.quota->experiment_id)),
                json::encode(*by.quota)));
  }
  return tx.changed_rows() > 0 ? Result<void>() : fail(Code::cancelled, fmt::format("{} is no longer what it was", by.name));
}

// One transaction. What has changed since it was found is left alone.
Result<std::int64_t> Retention::bin_some(const Binner& by, std::span<const Candidate> some) {
  return db_.write([&](sql::Tx& tx) -> Result<std::int64_t> {
    const auto now_ms = clock_.now_ms();
    std::int64_t models = 0;
    json::Array ids;
    for (auto candidate : some) {
      const auto state = TRY(tx.select_one<State>("SELECT status, lifecycle FROM runs WHERE id = $1", candidate.id));
      if (!state || state->lifecycle != "active") continue;
      candidate.status = state->status;
      if (TRY(why_candidate_kept(tx, candidate))) continue;
      TRY(put_in_bin(tx, candidate.id, now_ms, by.name));
      models += TRY(bin_models(tx, candidate.id, now_ms));
      ids.emplace_back(candidate.id);
    }
    const auto count = std::ssize(ids);
    if (count == 0) return 0;
    TRY(note_binned(tx, by, count, now_ms));
    TRY(governance::audit(tx, {now_ms, "retention:" + by.name, "retention.bin", retention_urn(),
                               json::Object{{"rule", by.name}, {"count", count}, {"models", models}, {"ids", std::move(ids)}}}));
    return count;
  });
}

// Whether there may be more for it to do.
Result<bool> Retention::apply(const StoredRule& stored) {
  std::int64_t binned = 0;
  for (std::string after; binned < kMaxABeat;) {
    const auto found = TRY(candidates(stored.rule, after, kMarkedAtOnce));
    if (found.empty()) return false;
    after = found.back().id;
    const auto some = bin_some({stored.rule.name, stored.changed_ms}, found);
    if (!some && some.error().code == Code::cancelled) return false;
    binned += TRY(some);
  }
  return true;
}

Result<bool> Retention::apply_rules(TimeMs now_ms) {
  bool more = false;
  const auto all = TRY(rules());
  if (!all.empty()) TRY(settle_owed(db_));
  Result<void> outcome;  // one that fails, such as by a pattern that takes too long, holds up neither another nor a purge
  for (const auto& stored : all) {
    const auto applied = apply(stored);
    if (!applied) outcome = std::unexpected(applied.error());
    more |= applied.value_or(false);
  }
  applied_ms_ = now_ms;
  if (!all.empty()) next_ms_ = std::min(next_ms_.value_or(INT64_MAX), now_ms + kHourMs);
  TRY(outcome);
  return more;
}

Result<void> Retention::plan_one(sql::Tx& tx, const Candidate& candidate, Plan& plan) {
  if (auto why = TRY(why_candidate_kept(tx, candidate))) {
    ++plan.kept_total;
    if (plan.kept.size() < kMaxKept) plan.kept.push_back({Kind::run, candidate.id, std::move(*why)});
    return {};
  }
  PlannedRun run{candidate.id, candidate.name, std::to_string(candidate.experiment_id), candidate.status, candidate.ended_ms, 0, 0};
  run.points = TRY(points_of_run(tx, run.id));
  run.bytes = TRY(bytes_below(blobs_, files_prefix(candidate.artifact_uri, candidate.id)));
  for (const auto& model : TRY(models_that_go(tx, run.id))) {
    ++plan.models;
    run.bytes += TRY(bytes_below(blobs_, files_prefix(model.artifact_uri, model.id)));
  }
  ++plan.runs;
  plan.points += run.points;
  plan.bytes += run.bytes;
  if (plan.first.size() < kMaxTold) plan.first.push_back(std::move(run));
  return {};
}

Result<Plan> Retention::plan(const Rule& rule) {
  TRY(check_rule(rule));
  TRY(settle_owed(db_));
  Plan plan;
  for (std::string after; !plan.more;) {
    const auto found = TRY(candidates(rule, after, kMarkedAtOnce));
    if (found.empty()) break;
    after = found.back().id;
    TRY(db_.read([&, before = plan](sql::Tx& tx) -> Result<void> {
      plan = before;  // where it is run once more
      for (const auto& candidate : found) TRY(plan_one(tx, candidate, plan));
      return {};
    }));
    plan.more = plan.runs + plan.kept_total >= kMaxPlanned;
  }
  return plan;
}

}  // namespace gyre::tracking

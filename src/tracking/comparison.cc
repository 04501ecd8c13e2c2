#include "tracking/comparison.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "tracking/comparison_statement.h"
#include "tracking/key_text.h"
#include "tracking/owed.h"
#include "tracking/run_evidence.h"
#include "tracking/seed_group.h"

namespace gyre::tracking {
namespace {

Result<std::size_t> check(const ComparisonQuery& query) {
  if (query.ids.size() < kLeastCompared || query.ids.size() > kMostCompared)
    return fail(Code::invalid, fmt::format("{} runs are named; between {} and {} are compared", query.ids.size(), kLeastCompared, kMostCompared));
  if (std::set(query.ids.begin(), query.ids.end()).size() != query.ids.size()) return fail(Code::invalid, "a run is named twice", {}, "name each once");
  const auto base = query.base.empty() ? query.ids.begin() : std::ranges::find(query.ids, query.base);
  if (base != query.ids.end()) return static_cast<std::size_t>(base - query.ids.begin());
  return fail(Code::invalid, fmt::format("the base {:.80} is none of the runs", query.base), {}, "name one of 'ids', or leave it out to take the first");
}

// What was read of the runs, one of each.
struct Sides {
  std::vector<Texts> params, tags, environment, data;
  std::vector<std::vector<SeriesSummary>> series;
  std::vector<RunEvidence> evidence;
};

Texts params_of(const Run& run) {
  Texts params;
  for (const auto& param : run.params) params[param.key] = param.value;
  return params;
}

std::vector<ComparedCode> code_of(const std::vector<RunEvidence>& evidence, const std::vector<RunInfo>& runs, std::size_t base) {
  std::vector<ComparedCode> code;
  const auto& own = evidence[base];
  for (std::size_t i = 0; i < evidence.size(); ++i) {
    const auto& one = evidence[i];
    auto& row = code.emplace_back();
    row = {.commit = one.commit, .has_diff = one.diff.has_value(), .same_commit = one.commit == own.commit, .same_diff = one.diff == own.diff};
    if (one.diff && own.diff && !row.same_diff) row.diff = unified_diff(*own.diff, *one.diff, {runs[base].name, runs[i].name});
  }
  return code;
}

// Of parameters that differ: what they tell of the target in the base's experiment.
Result<void> add_effects(RunImportance& importance, Comparison& comparison) {
  std::vector<ComparedParam*> rows;
  ImportanceQuery query{.search = {.experiment_ids = {comparison.runs[comparison.base].experiment_id}},
                        .target = "metrics." + key_text(comparison.target),
                        .limit = kMaxChosenParams};
  for (auto& row : comparison.params.rows) {
    const bool writable = !row.key.contains('`') || !row.key.contains('"');
    if (!row.differs || row.is_seed || !writable || rows.size() == kMaxChosenParams) continue;
    rows.push_back(&row);
    query.params.push_back("params." + key_text(row.key));
  }
  if (rows.empty()) return {};
  const auto table = TRY(importance.read(query));
  for (const auto& found : table.rows) {
    const auto at = std::ranges::find(query.params, found.param);
    auto& row = *rows[static_cast<std::size_t>(at - query.params.begin())];
    row.effect = found.importance, row.low = found.low, row.high = found.high;
  }
  return {};
}

}  // namespace

Result<Comparison> Comparisons::compare(const ComparisonQuery& query) {
  Comparison made{.base = TRY(check(query))};
  Sides sides;
  for (const auto& id : query.ids) {
    const auto run = TRY(tracking_.run(id));
    made.runs.push_back(run.info);
    sides.params.push_back(params_of(run));
    sides.series.push_back(TRY(tracking_.series(id)));
    auto evidence = TRY(read_evidence(run, blobs_, governance_));
    sides.tags.push_back(std::move(evidence.tags));
    sides.environment.push_back(std::move(evidence.environment));
    sides.data.push_back(std::move(evidence.data));
    sides.evidence.push_back(std::move(evidence));
  }
  TRY(settle_owed(db_));
  const auto group = TRY(db_.read([&](sql::Tx& tx) { return read_seed_group(tx, made.runs[made.base], sides.params[made.base]); }));
  made.seed_runs = group.runs;
  made.params = compared_params(sides.params);
  made.metrics = compared_metrics(sides.series, made.base, group.noise);
  made.tags = compared(sides.tags);
  made.environment = compared(sides.environment);
  made.data = compared(sides.data);
  made.code = code_of(sides.evidence, made.runs, made.base);
  made.target = query.target.empty() ? target_of(made.metrics) : query.target;
  if (query.effects && !made.target.empty()) TRY(add_effects(importance_, made));
  made.statement = statement_of(made);
  return made;
}

}  // namespace gyre::tracking

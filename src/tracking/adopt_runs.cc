// Runs as they are, with what they say of themselves.
#include <algorithm>
#include <unordered_map>

#include "governance/governance.h"
#include "storage/sql/lists.h"
#include "tracking/adopt_parts.h"
#include "tracking/rules.h"
#include "tracking/run_rows.h"

namespace gyre::tracking {
namespace {

constexpr std::size_t kRunsAsked = 64;  // of one statement

using Here = std::unordered_map<std::string, Run>;

Result<Here> read_here(sql::Tx& tx, std::span<const Run> given) {
  static const auto kText = fmt::format("SELECT {} FROM runs AS r WHERE r.id IN ({})", kRunColumns, sql::places(kRunsAsked));
  std::vector<RunRow> rows;
  for (; !given.empty(); given = given.subspan(std::min(kRunsAsked, given.size()))) {
    std::vector<sql::Value> args;
    for (std::size_t i = 0; i < kRunsAsked; ++i) args.push_back(sql::to_value(given[std::min(i, given.size() - 1)].info.id));
    TRY(tx.run_with(kText, args, [&](std::span<const sql::Value> row) { rows.push_back(sql::to_record<RunRow>(row)); }));
  }
  Here here;
  for (auto& run : TRY(with_data(tx, rows))) {
    auto id = run.info.id;
    here.emplace(std::move(id), std::move(run));
  }
  return here;
}

Result<void> insert_row(sql::Tx& tx, const Run& run, TimeMs now_ms) {
  const auto& info = run.info;
  TRY(
      tx.exec_late("INSERT INTO runs (id, experiment_id, name, user_name, status, start_ms, end_ms, lifecycle, artifact_uri, deleted_ms) "
                   "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
                   info.id, TRY(parse_experiment_id(info.experiment_id)), info.name, info.user, info.status, info.start_ms, info.end_ms, info.lifecycle,
                   info.artifact_uri, info.lifecycle == "active" ? std::nullopt : std::optional(now_ms)));
  return governance::put_node(tx, {governance::urn("run", info.id), "run", info.name, info.start_ms, json::Object{{"experiment", info.experiment_id}}});
}

std::string named(const Run& run) { return fmt::format("run {}", run.info.id); }

bool is_over(std::string_view status) { return status != "RUNNING" && status != "SCHEDULED"; }

// A run that went on elsewhere ends here, too.
Result<void> follow(sql::Tx& tx, const Run& given, const Run& here, Adopted& adopted) {
  ++adopted.kinds["runs"].there;
  if (is_over(given.info.status) && !is_over(here.info.status))
    return tx.exec_late("UPDATE runs SET status = $1, end_ms = $2 WHERE id = $3", given.info.status, given.info.end_ms, given.info.id);
  if (given.info.status != here.info.status && is_over(given.info.status))
    adopted.note(named(given), fmt::format("is {} here and {} there", here.info.status, given.info.status));
  if (given.info.lifecycle != here.info.lifecycle)
    adopted.note(named(given), fmt::format("is {} here and {} there", here.info.lifecycle, given.info.lifecycle));
  return {};
}

bool same_dataset(const DatasetInput& a, const DatasetInput& b) { return a.name == b.name && a.digest == b.digest; }

Result<void> add_datasets(sql::Tx& tx, const Run& given, const Run& here, Adopted& adopted) {
  for (const auto& dataset : given.datasets) {
    auto& taken = adopted.kinds["datasets"];
    const auto at = std::ranges::find_if(here.datasets, [&](const DatasetInput& one) { return same_dataset(one, dataset); });
    if (at == here.datasets.end()) {
      ++taken.added;
      TRY(tx.exec_late("INSERT INTO run_datasets (run_id, digest, name, body) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING", given.info.id, dataset.digest,
                       dataset.name, json::encode(dataset)));
    } else if (json::encode(*at) == json::encode(dataset)) {
      ++taken.there;
    } else {
      ++taken.differs;
      adopted.note(fmt::format("{}: dataset '{}'", named(given), dataset.name), "is described in other words here");
    }
  }
  return {};
}

Result<void> add_models(sql::Tx& tx, const Run& given, const Run& here, Adopted& adopted) {
  for (const auto& model : given.model_inputs) {
    const bool known = std::ranges::find(here.model_inputs, model) != here.model_inputs.end();
    ++(known ? adopted.kinds["models of runs"].there : adopted.kinds["models of runs"].added);
    if (!known) TRY(tx.exec_late("INSERT INTO run_model_inputs (run_id, model_id) VALUES ($1, $2) ON CONFLICT DO NOTHING", given.info.id, model));
  }
  for (const auto& output : given.outputs) {
    const bool known = std::ranges::find(here.outputs, output.model_id, &ModelOutput::model_id) != here.outputs.end();
    ++(known ? adopted.kinds["models of runs"].there : adopted.kinds["models of runs"].added);
    if (!known)
      TRY(tx.exec_late("INSERT INTO run_outputs (run_id, model_id, step) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING", given.info.id, output.model_id,
                       output.step));
  }
  return {};
}

Result<void> take(sql::Tx& tx, const Run& given, const Here& all, TimeMs now_ms, Adopted& adopted) {
  static const Run kNothing;
  const auto at = all.find(given.info.id);
  const auto& here = at == all.end() ? kNothing : at->second;
  if (at == all.end()) {
    ++adopted.kinds["runs"].added;
    TRY(insert_row(tx, given, now_ms));
  } else if (here.info.experiment_id != given.info.experiment_id || here.info.start_ms != given.info.start_ms || here.info.lifecycle == kPurging) {
    ++adopted.kinds["runs"].differs;
    adopted.refused.push_back(given.info.id);
    adopted.note(named(given), here.info.lifecycle == kPurging
                                   ? "is being taken out for good here: try again when that is done"
                                   : fmt::format("is another run here ('{}', of experiment {})", here.info.name, here.info.experiment_id));
    return {};
  } else {
    TRY(follow(tx, given, here, adopted));
  }
  TRY(insert_pairs(tx, "run_params", "run_id", given.info.id, missing_pairs(given.params, here.params, "params", named(given), adopted)));
  TRY(insert_pairs(tx, "run_tags", "run_id", given.info.id, missing_pairs(given.tags, here.tags, "tags", named(given), adopted)));
  TRY(add_datasets(tx, given, here, adopted));
  return add_models(tx, given, here, adopted);
}

}  // namespace

Result<void> Adoption::runs(std::span<const Run> runs, Adopted& adopted) {
  if (runs.empty()) return {};
  Adopted noted;
  TRY(db_.write([&](sql::Tx& tx) -> Result<void> {
    noted = {};
    const auto here = TRY(read_here(tx, runs));
    const auto now_ms = clock_.now_ms();
    for (const auto& run : runs) TRY(take(tx, run, here, now_ms, noted));
    return {};
  }));
  adopted.add(noted);
  return {};
}

}  // namespace gyre::tracking

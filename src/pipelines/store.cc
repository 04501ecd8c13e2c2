// Pipelines and their runs as they stand in the database.
#include "pipelines/store.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/decode.h"

namespace gyre::pipelines {

BOOST_DESCRIBE_STRUCT(RegisteredVersion, (), (model, version))

namespace {

struct PipelineRow {
  std::string name, definition;
  std::int64_t updated_ms;
  std::optional<std::int64_t> next_run_ms;
};

struct RunRow {
  std::string id, pipeline, definition, code, parameters, commit, trigger;
  std::optional<std::string> key;
  std::string status, error;
  std::int64_t created_ms, finished_ms;
  std::string versions;
  std::int64_t machine_created_ms, machine_finished_ms, steps_done, steps_total;
};

struct TrainedRow {
  std::string commit, versions;
};

struct Text {
  std::string text;
};

struct Count {
  std::int64_t n;
};

constexpr auto kRunColumns =
    "SELECT id, pipeline, definition, code, parameters, data_commit, started_by, start_key, status, error, created_ms, finished_ms, versions, "
    "machine_created_ms, machine_finished_ms, "
    "(SELECT COUNT(*) FROM step_runs WHERE run = id AND step_runs.status NOT IN ('waiting', 'running')), (SELECT COUNT(*) FROM step_runs WHERE run = id) FROM "
    "pipeline_runs ";
Result<Run> to_run(const RunRow& row, bool whole) {
  Run run;
  run.id = row.id;
  run.pipeline = row.pipeline;
  run.status = row.status;
  run.trigger = row.trigger;
  run.key = row.key.value_or("");
  run.error = row.error;
  run.commit = row.commit;
  run.created_ms = row.created_ms;
  run.finished_ms = row.finished_ms;
  run.machine_created_ms = row.machine_created_ms;
  run.machine_finished_ms = row.machine_finished_ms;
  run.steps_done = row.steps_done;
  run.steps_total = row.steps_total;
  run.parameters = TRY((json::decode_text<std::map<std::string, json::Value>>(row.parameters)));
  run.versions = TRY(json::decode_text<std::vector<RegisteredVersion>>(row.versions));
  if (whole) run.definition = TRY(read_definition(TRY(json::parse(row.definition))));
  return run;
}

}  // namespace

Result<void> put_pipeline(sql::Tx& tx, std::string_view name, std::string_view definition, const std::vector<CodeFile>& code, TimeMs now_ms,
                          std::optional<TimeMs> next_run_ms) {
  return tx.exec(
      "INSERT INTO pipelines (name, definition, code, updated_ms, next_run_ms) VALUES ($1, $2, $3, $4, $5) ON CONFLICT (name) DO UPDATE SET definition = "
      "excluded.definition, "
      "code = excluded.code, updated_ms = excluded.updated_ms, next_run_ms = excluded.next_run_ms",
      name, definition, json::encode(code), now_ms, next_run_ms);
}

Result<std::vector<Pipeline>> select_pipelines(sql::Tx& tx, std::string_view name) {
  std::vector<Pipeline> pipelines;
  for (auto& row :
       TRY(tx.select<PipelineRow>("SELECT name, definition, updated_ms, next_run_ms FROM pipelines WHERE $1 = '' OR name = $1 ORDER BY name", name))) {
    auto value = TRY(json::parse(row.definition));
    auto definition = TRY(read_definition(value));
    pipelines.push_back({std::move(row.name), std::move(value), std::move(definition), row.updated_ms, row.next_run_ms});
  }
  return pipelines;
}

Result<std::vector<CodeFile>> select_code(sql::Tx& tx, std::string_view pipeline) {
  const auto row = TRY(tx.select_one<Text>("SELECT code FROM pipelines WHERE name = $1", pipeline));
  return json::decode_text<std::vector<CodeFile>>(row ? row->text : "[]");
}

Result<void> set_next_run(sql::Tx& tx, std::string_view name, std::optional<TimeMs> at_ms) {
  return tx.exec("UPDATE pipelines SET next_run_ms = $1 WHERE name = $2", at_ms, name);
}

Result<void> insert_run(sql::Tx& tx, const Run& run, const json::Value& definition, const std::vector<CodeFile>& code) {
  TRY(
      tx.exec("INSERT INTO pipeline_runs (id, pipeline, definition, code, parameters, data_commit, started_by, start_key, status, error, created_ms, "
              "finished_ms, versions, machine_created_ms) "
              "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, '', $10, 0, '[]', $11)",
              run.id, run.pipeline, json::to_text(definition), json::encode(code), json::encode(run.parameters), run.commit, run.trigger,
              run.key.empty() ? sql::Value{} : sql::to_value(run.key), run.status, run.created_ms, run.machine_created_ms));
  return insert_steps(tx, run);
}

Result<std::optional<std::string>> find_run_by_key(sql::Tx& tx, std::string_view key) {
  const auto row = TRY(tx.select_one<Text>("SELECT id FROM pipeline_runs WHERE start_key = $1", key));
  return row ? std::optional(row->text) : std::nullopt;
}

Result<StoredRun> select_run(sql::Tx& tx, std::string_view id) {
  const auto row = TRY(tx.select_one<RunRow>(std::string(kRunColumns) + "WHERE id = $1", id));
  if (!row) return fail(Code::not_found, fmt::format("there is no pipeline run '{:.80}'", id), {}, "gyre pipe ls lists the latest");
  StoredRun stored{TRY(to_run(*row, true)), TRY(json::decode_text<std::vector<CodeFile>>(row->code))};
  stored.run.steps = TRY(select_steps(tx, id));
  return stored;
}

Result<std::vector<Run>> select_runs(sql::Tx& tx, std::string_view pipeline, std::size_t limit, std::string_view before) {
  std::vector<Run> runs;
  const auto query = std::string(kRunColumns) +
                     "WHERE ($1 = '' OR pipeline = $1) AND ($2 = '' OR (created_ms, id) < (SELECT p.created_ms, p.id FROM pipeline_runs p WHERE p.id = $2)) "
                     "ORDER BY created_ms DESC, id DESC LIMIT $3";
  for (const auto& row : TRY(tx.select<RunRow>(query, pipeline, before, static_cast<std::int64_t>(limit)))) {
    runs.push_back(TRY(to_run(row, false)));
  }
  return runs;
}

Result<std::vector<std::string>> select_active(sql::Tx& tx) {
  std::vector<std::string> ids;
  for (auto& row : TRY(tx.select<Text>("SELECT id FROM pipeline_runs WHERE status = 'running' ORDER BY created_ms, id"))) ids.push_back(std::move(row.text));
  return ids;
}

Result<void> finish_run(sql::Tx& tx, const Run& run) {
  return tx.exec("UPDATE pipeline_runs SET status = $1, error = $2, finished_ms = $3, versions = $4, machine_finished_ms = $5 WHERE id = $6", run.status,
                 run.error, run.finished_ms, json::encode(run.versions), RealClock().now_ms(), run.id);
}

Result<void> check_active(sql::Tx& tx, std::string_view run) {
  const auto row = TRY(tx.select_one<Text>("SELECT status FROM pipeline_runs WHERE id = $1", run));
  if (row && row->text == "running") return {};
  return fail(Code::cancelled, fmt::format("run '{}' has ended", run));
}

Result<std::int64_t> count_runs_of(sql::Tx& tx, std::string_view pipeline) {
  return TRY(tx.select_one<Count>("SELECT COUNT(*) FROM pipeline_runs WHERE $1 = '' OR pipeline = $1", pipeline))->n;
}

Result<std::int64_t> count_active(sql::Tx& tx, std::string_view pipeline) {
  return TRY(tx.select_one<Count>("SELECT COUNT(*) FROM pipeline_runs WHERE status = 'running' AND ($1 = '' OR pipeline = $1)", pipeline))->n;
}

Result<Summary> select_summary(sql::Tx& tx, std::string_view pipeline) {
  struct Counts {
    std::int64_t runs, succeeded, ended;
  };
  struct Took {
    std::int64_t ms;
  };
  const auto counts = TRY(tx.select<Counts>("SELECT COUNT(*), COALESCE(SUM(CASE WHEN status = 'succeeded' THEN 1 ELSE 0 END), 0), COALESCE(SUM(CASE WHEN "
                                            "status <> 'running' THEN 1 ELSE 0 END), 0) "
                                            "FROM pipeline_runs WHERE pipeline = $1",
                                            pipeline))
                          .front();
  auto took = TRY(tx.select<Took>(
      "SELECT machine_finished_ms - machine_created_ms FROM pipeline_runs WHERE pipeline = $1 AND status = 'succeeded' AND machine_created_ms > 0 "
      "ORDER BY created_ms DESC, id DESC LIMIT $2",
      pipeline, static_cast<std::int64_t>(kSummarised)));
  Summary summary{counts.runs, counts.succeeded, counts.ended, std::nullopt};
  if (took.empty()) return summary;
  std::ranges::sort(took, {}, &Took::ms);
  summary.duration_p50_ms = took[took.size() / 2].ms;
  return summary;
}

Result<std::map<std::string, std::vector<RegisteredVersion>>> select_trained_on(sql::Tx& tx, const std::vector<std::string>& commits) {
  std::map<std::string, std::vector<RegisteredVersion>> found;
  for (const auto& commit : commits) {
    for (const auto& row : TRY(tx.select<TrainedRow>(
             "SELECT data_commit, versions FROM pipeline_runs WHERE data_commit = $1 AND versions <> '[]' ORDER BY created_ms, id", commit))) {
      auto& versions = found[row.commit];
      for (auto& version : TRY(json::decode_text<std::vector<RegisteredVersion>>(row.versions))) versions.push_back(std::move(version));
    }
  }
  return found;
}

}  // namespace gyre::pipelines

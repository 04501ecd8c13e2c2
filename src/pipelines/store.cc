#include "pipelines/store.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/decode.h"

namespace gyre::pipelines {

BOOST_DESCRIBE_STRUCT(RegisteredVersion, (), (model, version))

namespace {

struct FileText {
  std::string path, sha256;
  std::int64_t size_bytes = 0;
};
BOOST_DESCRIBE_STRUCT(FileText, (), (path, sha256, size_bytes))

struct OutputText {
  std::string name;
  bool folder = false;
  std::vector<FileText> files;
};
BOOST_DESCRIBE_STRUCT(OutputText, (), (name, folder, files))

std::string encode_outputs(const std::vector<Output>& outputs) {
  std::vector<OutputText> texts;
  for (const auto& output : outputs) {
    auto& text = texts.emplace_back(output.name, output.folder);
    for (const auto& file : output.files) text.files.push_back({file.path, file.sha256, file.size_bytes});
  }
  return json::encode(texts);
}

Result<std::vector<Output>> decode_outputs(std::string_view bytes) {
  std::vector<Output> outputs;
  for (auto& text : TRY(json::decode_text<std::vector<OutputText>>(bytes))) {
    auto& output = outputs.emplace_back(std::move(text.name));
    output.folder = text.folder;
    for (auto& file : text.files) {
      datasets::File one;
      one.path = one.relative = std::move(file.path);
      one.sha256 = std::move(file.sha256);
      one.size_bytes = file.size_bytes;
      output.files.push_back(std::move(one));
    }
  }
  return outputs;
}

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

struct StepRow {
  std::string name, status;
  std::int64_t attempt;
  std::string job, tracking_run, error, log_sha256, cached_from, cache_key;
  std::int64_t started_ms, finished_ms, cpu_ms, max_memory_bytes, not_before_ms;
  std::string outputs;
  std::int64_t lost;
  std::string inputs;
  std::int64_t machine_started_ms, machine_finished_ms;
  std::string ending;
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
constexpr auto kStepColumns =
    "SELECT name, status, attempt, job, tracking_run, error, log_sha256, cached_from, cache_key, started_ms, finished_ms, cpu_ms, max_memory_bytes, "
    "not_before_ms, outputs, lost, inputs, "
    "machine_started_ms, machine_finished_ms, ending FROM step_runs ";

Result<StepRun> to_step(StepRow row) {
  StepRun step;
  step.name = std::move(row.name);
  step.status = std::move(row.status);
  step.attempt = static_cast<int>(row.attempt);
  step.job = std::move(row.job);
  step.tracking_run = std::move(row.tracking_run);
  step.error = std::move(row.error);
  step.log_sha256 = std::move(row.log_sha256);
  step.cached_from = std::move(row.cached_from);
  step.cache_key = std::move(row.cache_key);
  step.started_ms = row.started_ms;
  step.finished_ms = row.finished_ms;
  step.cpu_ms = row.cpu_ms;
  step.max_memory_bytes = row.max_memory_bytes;
  step.not_before_ms = row.not_before_ms;
  step.outputs = TRY(decode_outputs(row.outputs));
  step.lost = static_cast<int>(row.lost);
  step.machine_started_ms = row.machine_started_ms;
  step.machine_finished_ms = row.machine_finished_ms;
  step.ending = std::move(row.ending);
  step.inputs = TRY((json::decode_text<std::map<std::string, std::string>>(row.inputs)));
  return step;
}

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
  for (std::size_t i = 0; i < run.steps.size(); ++i) {
    TRY(
        tx.exec("INSERT INTO step_runs (run, name, place, status, attempt, job, tracking_run, error, log_sha256, cached_from, cache_key, started_ms, "
                "finished_ms, cpu_ms, max_memory_bytes, "
                "not_before_ms, outputs) VALUES ($1, $2, $3, $4, 0, '', '', '', '', '', '', 0, 0, 0, 0, 0, '[]')",
                run.id, run.steps[i].name, static_cast<std::int64_t>(i), run.steps[i].status));
  }
  return {};
}

Result<std::optional<std::string>> find_run_by_key(sql::Tx& tx, std::string_view key) {
  const auto row = TRY(tx.select_one<Text>("SELECT id FROM pipeline_runs WHERE start_key = $1", key));
  return row ? std::optional(row->text) : std::nullopt;
}

Result<StoredRun> select_run(sql::Tx& tx, std::string_view id) {
  const auto row = TRY(tx.select_one<RunRow>(std::string(kRunColumns) + "WHERE id = $1", id));
  if (!row) return fail(Code::not_found, fmt::format("there is no pipeline run '{:.80}'", id), {}, "gyre pipe ls lists the latest");
  StoredRun stored{TRY(to_run(*row, true)), TRY(json::decode_text<std::vector<CodeFile>>(row->code))};
  for (auto& step : TRY(tx.select<StepRow>(std::string(kStepColumns) + "WHERE run = $1 ORDER BY place", id)))
    stored.run.steps.push_back(TRY(to_step(std::move(step))));
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

Result<std::vector<std::pair<std::string, StepRun>>> select_untidy(sql::Tx& tx) {
  struct Key {
    std::string run, name;
  };
  std::vector<std::pair<std::string, StepRun>> found;
  for (const auto& key :
       TRY(tx.select<Key>("SELECT run, name FROM step_runs WHERE job > '' AND status NOT IN ('waiting', 'running') ORDER BY job LIMIT $1", kMaxUntidy))) {
    auto rows = TRY(tx.select<StepRow>(std::string(kStepColumns) + "WHERE run = $1 AND name = $2", key.run, key.name));
    if (!rows.empty()) found.emplace_back(key.run, TRY(to_step(std::move(rows.front()))));
  }
  return found;
}

Result<void> forget_job(sql::Tx& tx, std::string_view run, const StepRun& step) {
  return tx.exec("UPDATE step_runs SET job = '', log_sha256 = $1 WHERE run = $2 AND name = $3", step.log_sha256, run, step.name);
}

Result<void> update_step(sql::Tx& tx, std::string_view run, const StepRun& s) {
  return tx.exec(
      "UPDATE step_runs SET status = $1, attempt = $2, job = $3, tracking_run = $4, error = $5, log_sha256 = $6, cached_from = $7, cache_key = $8, started_ms "
      "= $9, finished_ms = $10, "
      "cpu_ms = $11, max_memory_bytes = $12, not_before_ms = $13, outputs = $14, lost = $15, inputs = $16, "
      "machine_started_ms = $17, machine_finished_ms = $18, ending = $19 WHERE run = $20 AND name = $21",
      s.status, s.attempt, s.job, s.tracking_run, s.error, s.log_sha256, s.cached_from, s.cache_key, s.started_ms, s.finished_ms, s.cpu_ms, s.max_memory_bytes,
      s.not_before_ms, encode_outputs(s.outputs), static_cast<std::int64_t>(s.lost), json::encode(s.inputs), s.machine_started_ms, s.machine_finished_ms,
      s.ending, run, s.name);
}

Result<std::optional<CacheHit>> find_cached(sql::Tx& tx, std::string_view cache_key) {
  const auto found =
      TRY(tx.select_one<Text>("SELECT run FROM step_runs WHERE cache_key = $1 AND status = 'succeeded' ORDER BY finished_ms DESC LIMIT 1", cache_key));
  if (!found) return std::nullopt;
  auto rows = TRY(tx.select<StepRow>(std::string(kStepColumns) + "WHERE run = $1 AND cache_key = $2", found->text, cache_key));
  return CacheHit{found->text, TRY(to_step(std::move(rows.front())))};
}

}  // namespace gyre::pipelines

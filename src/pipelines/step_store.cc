// Steps of runs as they stand in the database.
#include "pipelines/store.h"

namespace gyre::pipelines {
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

struct Text {
  std::string text;
};

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

}  // namespace

Result<void> insert_steps(sql::Tx& tx, const Run& run) {
  for (std::size_t i = 0; i < run.steps.size(); ++i) {
    TRY(
        tx.exec("INSERT INTO step_runs (run, name, place, status, attempt, job, tracking_run, error, log_sha256, cached_from, cache_key, started_ms, "
                "finished_ms, cpu_ms, max_memory_bytes, "
                "not_before_ms, outputs) VALUES ($1, $2, $3, $4, 0, '', '', '', '', '', '', 0, 0, 0, 0, 0, '[]')",
                run.id, run.steps[i].name, static_cast<std::int64_t>(i), run.steps[i].status));
  }
  return {};
}

Result<std::vector<StepRun>> select_steps(sql::Tx& tx, std::string_view run) {
  std::vector<StepRun> steps;
  for (auto& row : TRY(tx.select<StepRow>(std::string(kStepColumns) + "WHERE run = $1 ORDER BY place", run))) steps.push_back(TRY(to_step(std::move(row))));
  return steps;
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

Result<std::optional<CacheHit>> find_cached(sql::Tx& tx, std::string_view cache_key) {
  const auto found =
      TRY(tx.select_one<Text>("SELECT run FROM step_runs WHERE cache_key = $1 AND status = 'succeeded' ORDER BY finished_ms DESC LIMIT 1", cache_key));
  if (!found) return std::nullopt;
  auto rows = TRY(tx.select<StepRow>(std::string(kStepColumns) + "WHERE run = $1 AND cache_key = $2", found->text, cache_key));
  return CacheHit{found->text, TRY(to_step(std::move(rows.front())))};
}

}  // namespace gyre::pipelines

// The tables of pipelines. Inside pipelines/ only.
#pragma once

#include "base/decode.h"
#include "pipelines/pipelines.h"

namespace gyre::pipelines {

struct CodeFile {
  std::string path, sha256;
  bool executable = false;
};
BOOST_DESCRIBE_STRUCT(CodeFile, (), (path, sha256, executable))

struct StoredRun {
  Run run;
  std::vector<CodeFile> code;
};

Result<void> put_pipeline(sql::Tx& tx, std::string_view name, std::string_view definition, const std::vector<CodeFile>& code, TimeMs now_ms,
                          std::optional<TimeMs> next_run_ms);
Result<std::vector<Pipeline>> select_pipelines(sql::Tx& tx, std::string_view name);  // "": all
Result<std::vector<CodeFile>> select_code(sql::Tx& tx, std::string_view pipeline);
Result<void> set_next_run(sql::Tx& tx, std::string_view name, std::optional<TimeMs> at_ms);

Result<void> insert_run(sql::Tx& tx, const Run& run, const json::Value& definition, const std::vector<CodeFile>& code);
Result<std::optional<std::string>> find_run_by_key(sql::Tx& tx, std::string_view key);
Result<StoredRun> select_run(sql::Tx& tx, std::string_view id);
Result<std::vector<Run>> select_runs(sql::Tx& tx, std::string_view pipeline, std::size_t limit, std::string_view before);
Result<Summary> select_summary(sql::Tx& tx, std::string_view pipeline);
Result<std::map<std::string, std::vector<RegisteredVersion>>> select_trained_on(sql::Tx& tx, const std::vector<std::string>& commits);
Result<std::vector<std::string>> select_active(sql::Tx& tx);
Result<void> finish_run(sql::Tx& tx, const Run& run);
// `cancelled` when the run has ended meanwhile: a step of it must not move any more.
Result<void> check_active(sql::Tx& tx, std::string_view run);
Result<std::int64_t> count_runs_of(sql::Tx& tx, std::string_view pipeline);  // "": of all
Result<std::int64_t> count_active(sql::Tx& tx, std::string_view pipeline);   // "": of all

Result<void> insert_steps(sql::Tx& tx, const Run& run);
Result<std::vector<StepRun>> select_steps(sql::Tx& tx, std::string_view run);
Result<void> update_step(sql::Tx& tx, std::string_view run, const StepRun& step);

// Steps that are over and whose job is not tidied away, with their run's id; at most kMaxUntidy.
constexpr std::int64_t kMaxUntidy = 100;
Result<std::vector<std::pair<std::string, StepRun>>> select_untidy(sql::Tx& tx);
Result<void> forget_job(sql::Tx& tx, std::string_view run, const StepRun& step);
// The latest step that ended well with this key, and its run's id.
struct CacheHit {
  std::string run;
  StepRun step;
};
Result<std::optional<CacheHit>> find_cached(sql::Tx& tx, std::string_view cache_key);

}  // namespace gyre::pipelines

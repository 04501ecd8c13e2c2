// Pipelines: commands in a graph, run durably. State is in the database before it is acted on; a server that was killed
// goes on where it was, and no step that has ended runs again.
#pragma once

#include <filesystem>

#include "base/duty.h"
#include "datasets/datasets.h"
#include "exec/launcher.h"
#include "pipelines/definition.h"
#include "registry/registry.h"
#include "storage/sql/outbox.h"

namespace gyre::pipelines {

constexpr std::size_t kMaxActiveRuns = 100;  // more are refused as `exhausted`

struct Options {
  std::filesystem::path folder;                       // where steps work
  std::string tracking_uri;                           // told to steps as MLFLOW_TRACKING_URI
  std::string path = "/usr/local/bin:/usr/bin:/bin";  // PATH of steps
  std::string home = "/tmp";
  double cpus = 2;  // that steps use at a time, together
};

struct Output {
  std::string name;
  std::vector<datasets::File> files;  // path relative to the output; `local` is not filled
  bool folder = false;
};

struct StepRun {
  std::string name, status;  // waiting running succeeded cached failed cancelled skipped
  int attempt = 0;
  std::string job;  // of the latest attempt, until it is tidied away
  std::string tracking_run, error, log_sha256, cached_from;
  std::string cache_key;
  int lost = 0;                               // attempts that vanished; they do not use up retries
  std::map<std::string, std::string> inputs;  // of data: name -> "repo@id/path", pinned when the step first began
  TimeMs started_ms = 0, finished_ms = 0;
  TimeMs machine_started_ms = 0, machine_finished_ms = 0;  // of the latest attempt, by the machine's clock: a virtual one stands still
  std::int64_t cpu_ms = 0, max_memory_bytes = 0;
  std::string ending;        // how the latest attempt ended: "exit 1", "signal 9", "time-out", "memory", "lost"; "" while none has
  TimeMs not_before_ms = 0;  // of a retry
  std::vector<Output> outputs;
};

struct RegisteredVersion {
  std::string model;
  std::int64_t version = 0;
};

struct Run {
  std::string id, pipeline, status;  // running succeeded failed cancelled
  std::string trigger, key, error;
  std::map<std::string, json::Value> parameters;
  std::string commit;  // "repo@id", what ${commit} was
  TimeMs created_ms = 0, finished_ms = 0;
  TimeMs machine_created_ms = 0, machine_finished_ms = 0;
  std::int64_t steps_done = 0, steps_total = 0;  // done: ended, well or not
  Definition definition;
  std::vector<StepRun> steps;
  std::vector<RegisteredVersion> versions;
};

struct Pipeline {
  std::string name;
  json::Value definition_value;
  Definition definition;
  TimeMs updated_ms = 0;
  std::optional<TimeMs> next_run_ms;
};

struct Start {
  std::string pipeline;
  std::map<std::string, json::Value> parameters;  // over the declared ones
  std::string trigger = "by hand";
  std::string key;  // the same key again answers with the first run; "" = none
};

struct LogPart {
  std::string text;
  std::int64_t offset = 0, next_offset = 0;
  std::int64_t total_bytes = 0;  // so far
  bool complete = false;         // the step has ended and this is the log's end
};

// How a pipeline's runs have gone.
struct Summary {
  std::int64_t runs = 0, succeeded = 0, ended = 0;
  std::optional<std::int64_t> duration_p50_ms;  // by the machine's clock, of the latest kSummarised that succeeded
};
constexpr std::size_t kSummarised = 30;

// Thread-safe.
class Service final : public Duty {
 public:
  Service(sql::Db& db, blob::Store& blobs, const Clock& clock, tracking::Service& tracking, registry::Service& registry, datasets::Service& datasets,
          exec::Launcher& launcher, Options options)
      : db_(db),
        blobs_(blobs),
        clock_(clock),
        tracking_(tracking),
        registry_(registry),
        datasets_(datasets),
        launcher_(launcher),
        options_(std::move(options)) {}

  // `folder` is where the definition's file is: its `code` is relative to it. The code is kept by content.
  Result<Pipeline> apply(std::string_view name, const json::Value& definition, const std::filesystem::path& folder, std::string_view actor);
  Result<std::vector<Pipeline>> list();
  Result<Pipeline> pipeline(std::string_view name);

  Result<std::string> start(const Start& start);
  Result<Run> run(std::string_view id);
  // Newest first; of all pipelines when the name is empty; those older than the run `before`, when it is not. Without
  // definitions, steps and outputs.
  Result<std::vector<Run>> runs(std::string_view pipeline, std::size_t limit, std::string_view before = "");
  Result<std::int64_t> count_runs(std::string_view pipeline);
  // Runs that are not over, those that wait for another attempt included; "": of all pipelines.
  Result<std::int64_t> count_active_runs(std::string_view pipeline = "");
  Result<Summary> summary(std::string_view pipeline);
  // The versions that runs on these commits ("repo@id") registered.
  Result<std::map<std::string, std::vector<RegisteredVersion>>> trained_on(const std::vector<std::string>& commits);
  Result<void> cancel(std::string_view id, std::string_view actor);
  // At most `limit` bytes from `offset` on; a negative offset counts from the end.
  Result<LogPart> log(std::string_view run, std::string_view step, std::int64_t offset, std::size_t limit = exec::kMaxLogChunkBytes);
  Result<std::int64_t> log_bytes(const StepRun& step);

  // Events that start pipelines; idempotent by the event's number. One that can never start a run is logged and let go.
  Result<void> on_event(const outbox::Event& event);

  void set_tracking_uri(std::string uri) { options_.tracking_uri = std::move(uri); }

  std::string_view name() const override { return "pipelines"; }
  Result<DutyState> run_due(TimeMs now_ms) override;

  Result<Figures> figures();
  Result<Findings> verify();

 private:
  friend class Advance;
  Result<bool> start_scheduled(TimeMs now_ms, DutyState& state);
  Result<void> start_from_schedule(const Pipeline& pipeline);
  Result<void> keep_log(StepRun& step, std::string_view footer);
  Result<std::int64_t> kept_log_bytes(const StepRun& step);
  Result<std::int64_t> live_log_bytes(const StepRun& step);
  std::filesystem::path folder_of(std::string_view run, const StepRun& step) const;
  Result<void> remove_job(std::string_view run, const StepRun& step);
  Result<bool> tidy(std::string_view run, StepRun step);
  Result<void> tidy_all(DutyState& state);

  sql::Db& db_;
  blob::Store& blobs_;
  const Clock& clock_;
  tracking::Service& tracking_;
  registry::Service& registry_;
  datasets::Service& datasets_;
  exec::Launcher& launcher_;
  Options options_;
};

std::span<const sql::Migration> migrations();

}  // namespace gyre::pipelines

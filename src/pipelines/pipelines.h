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
  std::filesystem::path folder;       // where steps work
  std::string tracking_uri;           // told to steps as MLFLOW_TRACKING_URI
  std::string path = "/usr/local/bin:/usr/bin:/bin";  // PATH of steps
  std::string home = "/tmp";
  double cpus = 2;                    // that steps use at a time, together
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
  int lost = 0;  // attempts that vanished; they do not use up retries
  std::map<std::string, std::string> inputs;  // of data: name -> "repo@id/path", pinned when the step first began
  TimeMs started_ms = 0, finished_ms = 0;
  std::int64_t cpu_ms = 0, max_memory_bytes = 0;
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
  std::int64_t next_offset = 0;
  bool complete = false;
};

// Thread-safe.
class Service final : public Duty {
 public:
  Service(sql::Db& db, blob::Store& blobs, const Clock& clock, tracking::Service& tracking, registry::Service& registry, datasets::Service& datasets, exec::Launcher& launcher, Options options)
      : db_(db), blobs_(blobs), clock_(clock), tracking_(tracking), registry_(registry), datasets_(datasets), launcher_(launcher), options_(std::move(options)) {}

  // `folder` is where the definition's file is: its `code` is relative to it. The code is kept by content.
  Result<Pipeline> apply(std::string_view name, const json::Value& definition, const std::filesystem::path& folder, std::string_view actor);
  Result<std::vector<Pipeline>> list();
  Result<Pipeline> pipeline(std::string_view name);

  Result<std::string> start(const Start& start);
  Result<Run> run(std::string_view id);
  // Newest first; of all pipelines when the name is empty. Without definitions and outputs.
  Result<std::vector<Run>> runs(std::string_view pipeline, std::size_t limit);
  Result<void> cancel(std::string_view id, std::string_view actor);
  Result<LogPart> log(std::string_view run, std::string_view step, std::int64_t offset);

  // Events that start pipelines; idempotent by the event's number. One that can never start a run is logged and let go.
  Result<void> on_event(const outbox::Event& event);

  void set_tracking_uri(std::string uri) { options_.tracking_uri = std::move(uri); }

  std::string_view name() const override { return "pipelines"; }
  Result<DutyState> run_due(TimeMs now_ms) override;

  Result<Findings> verify();

 private:
  friend class Advance;
  Result<bool> start_scheduled(TimeMs now_ms, DutyState& state);
  Result<void> start_from_schedule(const Pipeline& pipeline);
  Result<void> keep_log(StepRun& step, std::string_view footer);
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

// Experiment tracking: experiments, runs, and what runs report. MLflow's semantics.
#pragma once

#include <functional>
#include <map>

#include "base/clock.h"
#include "base/duty.h"
#include "base/figures.h"
#include "base/findings.h"
#include "base/json.h"
#include "storage/blob/store.h"
#include "storage/sql/migrate.h"
#include "tracking/step.h"

namespace gyre::tracking {

struct Tag {
  std::string key, value;
};
using Param = Tag;

struct Metric {
  std::string key;
  double value = 0;       // may be NaN or infinite
  TimeMs at_ms = 0;       // when the client measured it
  std::int64_t step = 0;  // the client's own x axis
  double fraction = 0;    // of the step, as in Step
};

inline Step step_of(const Metric& metric) { return {metric.step, metric.fraction}; }

struct Experiment {
  std::string id;                                  // decimal
  std::string name, artifact_location, lifecycle;  // "active" or "deleted"
  TimeMs created_ms = 0, updated_ms = 0;
  std::vector<Tag> tags;
};

struct RunInfo {
  std::string id, experiment_id, name, user, status;  // RUNNING SCHEDULED FINISHED FAILED KILLED
  TimeMs start_ms = 0;
  std::optional<TimeMs> end_ms;
  std::string lifecycle, artifact_uri;
};

struct DatasetInput {
  std::string name, digest, source_type, source, schema, profile;
  std::vector<Tag> tags;
};

struct ModelOutput {
  std::string model_id;
  std::int64_t step = 0;
};

// Of whole parts, both included: a step's fraction does not count.
struct StepRange {
  std::int64_t first = 0, last = 0;
};

struct Run {
  RunInfo info;
  std::vector<Metric> metrics;  // the latest of each key
  std::vector<Param> params;
  std::vector<Tag> tags;
  std::vector<DatasetInput> datasets;
  std::vector<ModelOutput> outputs;
  std::vector<std::string> model_inputs = {};  // ids of logged models
};

struct NewRun {
  std::string experiment_id, name, user;
  TimeMs start_ms = 0;
  std::vector<Tag> tags;
};

struct RunUpdate {
  std::optional<std::string> status, name;
  std::optional<TimeMs> end_ms;  // 0: it has none
};

// A point that a run measured of a logged model, on a dataset where one is named.
struct ModelMetric {
  Metric metric;
  std::string model_id, run_id, dataset_name, dataset_digest;
};

struct Batch {
  std::vector<Metric> metrics;
  std::vector<Param> params;
  std::vector<Tag> tags;
  std::vector<ModelMetric> model_metrics = {};  // of those metrics, the ones that are about a model; their run is the batch's
  bool single = false;                          // one thing alone: what is said of it names no place in a list
};

struct LoggedModel {
  std::string id, experiment_id, name, type, source_run_id, status, artifact_uri;  // status: PENDING READY UPLOAD_FAILED
  TimeMs created_ms = 0, updated_ms = 0;
  std::vector<Tag> params, tags;
  std::vector<ModelMetric> metrics = {};  // the latest of each key and dataset
};

struct DatasetRef {
  std::string name, digest;  // digest "": any
};

struct ModelOrder {
  std::string field;  // an attribute, or "metrics.<key>"
  bool ascending = true;
  DatasetRef dataset;
};

struct ModelSearch {
  std::vector<std::string> experiment_ids;
  std::string filter;
  std::vector<DatasetRef> datasets;  // what the filter's metrics were measured on; none: on any
  std::vector<ModelOrder> order_by;
  std::int64_t limit = 100, offset = 0;
};

struct DatasetSummary {
  std::string experiment_id, name, digest, context;
};

struct Search {
  std::vector<std::string> experiment_ids = {};
  std::string filter = {};
  std::string view = "ACTIVE_ONLY";  // ACTIVE_ONLY DELETED_ONLY ALL
  std::vector<std::string> order_by = {};
  std::int64_t limit = 1000, offset = 0;  // offset: not of runs
  std::string after = {};                 // of runs: `next` of the page before, of the same search
};

// How an experiment's runs stand.
struct RunCounts {
  std::int64_t runs = 0, running = 0;
  TimeMs last_start_ms = 0;
};

// One curve of a run in figures; NaN points count, and are neither least nor most.
struct SeriesSummary {
  std::string key;
  std::int64_t points = 0;
  double last = 0;
  Step last_step = {};
  double min = 0, max = 0;  // NaN where no point is a number
};

enum class Axis { step, time, relative };  // relative: milliseconds since the start of the run; time: since 1970

struct CurveQuery {
  std::string run_id;
  std::vector<std::string> keys;  // none: the first kMaxCurves by name
  Axis axis = Axis::step;
  std::optional<double> from, to;  // in units of the axis, both included
  std::size_t buckets = 480;
};

// Points of one bucket: the last by (x, time), the least and the most.
struct Bucket {
  double last = 0, min = 0, max = 0;
  std::int64_t count = 0;  // 0: no point, and the figures mean nothing
};

// Curves on one shared grid.
struct Curves {
  bool exact = false;       // the grid is the logged x themselves; otherwise the middles of buckets of about equal width
  std::int64_t points = 0;  // that the curves have in all: grows with each one that is logged
  std::vector<double> x;
  std::vector<double> starts;  // of buckets, in stored units: steps, or ms since 1970; none where the grid is exact
  struct Curve {
    std::string key;
    std::vector<Bucket> buckets;  // as many as x
  };
  std::vector<Curve> curves;
};
constexpr std::size_t kMaxCurves = 64, kMaxCurveBuckets = 2400;

struct ArtifactFile {
  std::string path;  // below the run's artifacts
  std::int64_t size_bytes = 0;
};

template <class T>
struct Page {
  std::vector<T> rows;
  std::int64_t next_offset = -1;  // -1: that was all
  std::string next = {};          // of runs, instead: where the next page begins; empty: that was all
};

// In characters. A longer value of a parameter or of a run's tag is cut, as MLflow does.
constexpr std::size_t kMaxKeyCharacters = 250, kMaxParamCharacters = 6000, kMaxTagCharacters = 8000, kMaxExperimentTagCharacters = 20'000;
constexpr std::size_t kMaxBatchMetrics = 1000, kMaxBatchParams = 100, kMaxBatchTags = 100, kMaxBatchEntities = 1000;
constexpr std::int64_t kMaxSearchResults = 50'000;
constexpr std::int64_t kMaxDatasetSummaries = 1000;

struct Engine;

// Thread-safe: all state is in the database. Success means durable.
class Service {
 public:
  Service(sql::Db& db, blob::Store& blobs, const Clock& clock);
  ~Service();

  // Makes experiment 0, "Default", if it is not there, and packs points that an older Gyre left.
  Result<void> prepare();
  // Background work: what is logged becomes compressed chunks.
  Duty& sealing();

  Result<std::string> create_experiment(std::string_view name, std::string_view artifact_location, const std::vector<Tag>& tags);
  Result<Experiment> experiment(std::string_view id);
  Result<Experiment> experiment_by_name(std::string_view name);
  Result<Page<Experiment>> search_experiments(const Search& search);
  Result<void> set_experiment_tag(std::string_view id, const Tag& tag);
  Result<void> delete_experiment_tag(std::string_view id, std::string_view key);
  Result<void> rename_experiment(std::string_view id, std::string_view name);
  Result<void> set_experiment_deleted(std::string_view id, bool deleted);

  Result<Run> create_run(const NewRun& run);
  // The run of that key, made if there is none: for those who may ask twice, such as a step that is tried again.
  Result<Run> ensure_run(std::string_view key, std::string_view experiment_name, const NewRun& run);
  Result<Run> run(std::string_view id);
  Result<RunInfo> update_run(std::string_view id, const RunUpdate& update);
  Result<void> set_run_deleted(std::string_view id, bool deleted);
  Result<Page<Run>> search_runs(const Search& search);
  // How many `search` would find on all its pages.
  Result<std::int64_t> count_runs(const Search& search);
  // Of runs that are not deleted, by experiment id.
  Result<std::map<std::string, RunCounts>> run_counts();
  Result<std::vector<SeriesSummary>> series(std::string_view run_id);
  // Bucketed over all points: what each bucket tells is exact.
  Result<Curves> curves(const CurveQuery& query);
  // By path, at most `limit`.
  Result<std::vector<ArtifactFile>> artifacts(std::string_view run_id, std::size_t limit);

  // All or nothing. A parameter keeps its first value: another one is refused.
  Result<void> log_batch(std::string_view run_id, const Batch& batch);
  Result<void> delete_tag(std::string_view run_id, std::string_view key);
  // One entry more in the tag that lists the models of 2.x clients.
  Result<void> add_to_model_history(std::string_view run_id, json::Value model);
  // `models` are ids of logged models.
  Result<void> log_inputs(std::string_view run_id, const std::vector<DatasetInput>& datasets, const std::vector<std::string>& models = {});
  // What the active runs of these experiments read, each once, at most kMaxDatasetSummaries.
  Result<std::vector<DatasetSummary>> datasets(const std::vector<std::string>& experiment_ids);
  Result<void> log_outputs(std::string_view run_id, const std::vector<ModelOutput>& outputs);
  // At most `limit` points, at steps evenly chosen from those that were logged within the range; the first and the last are among them.
  Result<std::vector<Metric>> sampled_history(std::string_view run_id, std::string_view key, std::optional<StepRange> steps, std::int64_t limit);
  // Points of one curve by (step, time), without exact repetitions.
  Result<Page<Metric>> history(std::string_view run_id, std::string_view key, std::int64_t offset, std::int64_t limit);

  Result<LoggedModel> create_logged_model(const LoggedModel& model);
  enum class Deleted { refused, allowed };
  Result<LoggedModel> logged_model(std::string_view id, Deleted deleted = Deleted::refused);
  Result<LoggedModel> set_logged_model_status(std::string_view id, std::string_view status);
  Result<void> add_logged_model_params(std::string_view id, const std::vector<Tag>& params);
  Result<void> set_logged_model_tags(std::string_view id, const std::vector<Tag>& tags);
  Result<void> delete_logged_model_tag(std::string_view id, std::string_view key);
  // It is found no more, but by who asks for deleted ones; its files stay.
  Result<void> delete_logged_model(std::string_view id);
  // One entry more in the tag that tells what a logged model was registered as.
  Result<void> note_registration(std::string_view id, std::string_view name, std::int64_t version);
  Result<Page<LoggedModel>> search_logged_models(const ModelSearch& search);

  Result<Figures> figures();
  Result<Findings> verify();

 private:
  Result<Run> read_run(sql::Tx& tx, std::string_view id);
  Result<Run> insert_run(sql::Tx& tx, const NewRun& run, std::string_view key);
  Result<LoggedModel> read_logged_model(sql::Tx& tx, std::string_view id, Deleted deleted);

  sql::Db& db_;
  blob::Store& blobs_;
  const Clock& clock_;
  const std::unique_ptr<Engine> engine_;
};

std::span<const sql::Migration> migrations();

// Of URIs whose files are with this server.
constexpr std::string_view kArtifactScheme = "mlflow-artifacts:";
// The key of an artifact in the blob store, from an "mlflow-artifacts:/a/b" URI or a path; `invalid` when it leaves its root.
Result<std::string> artifact_key(std::string_view uri_or_path);
// The name that an artifact was given, from (a part of) its key.
std::string artifact_name(std::string_view key);

}  // namespace gyre::tracking

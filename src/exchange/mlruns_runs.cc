// Experiments, runs, points and traces of `mlruns/`.
#include <fmt/format.h>

#include <algorithm>
#include <bit>

#include "exchange/mlflow_database.h"
#include "exchange/mlflow_tables.h"
#include "exchange/mlruns.h"
#include "exchange/mlruns_parts.h"
#include "tracking/adopt.h"

namespace gyre::exchange {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kNoRuns[] = {"models", "datasets", "traces", "tags", ".trash"};  // folders of an experiment that are something else

// Older releases wrote MLflow's enumeration as numbers, newer ones too; some wrote its names.
std::string status_of(const json::Value& status) {
  constexpr std::string_view kNames[] = {"RUNNING", "SCHEDULED", "FINISHED", "FAILED", "KILLED"};
  const auto number = whole(status);
  if (number >= 1 && number <= 5) return std::string(kNames[number - 1]);
  const auto name = text(status);
  return std::ranges::find(kNames, name) == std::end(kNames) ? "FINISHED" : name;
}

std::optional<TimeMs> maybe_time(const json::Value& value) {
  const auto at_ms = whole(value);
  return value.is_null() || at_ms <= 0 ? std::nullopt : std::optional(at_ms);
}

std::string lifecycle_of(const json::Value& meta) { return text(meta["lifecycle_stage"]) == "deleted" ? "deleted" : "active"; }

// inputs/<id>/meta.yaml is an edge from a data set, described once in the experiment, or from a logged model.
void add_inputs(const MlrunsExperiment& experiment, const fs::path& folder, Run& run, Sink& sink) {
  for (const auto& name : folders_in(folder / "inputs")) {
    const auto edge = meta_of(folder / "inputs" / name, sink);
    const auto source = text(edge["source_id"]), type = text(edge["source_type"]);
    if (type == "MODEL" || type == "MODEL_INPUT" || source.starts_with("m-")) {
      run.model_inputs.push_back(source);
      continue;
    }
    const auto meta = meta_of(experiment.folder / "datasets" / source, sink);
    if (meta.is_null()) continue;
    tracking::DatasetInput input{
        text(meta["name"]), text(meta["digest"]), text(meta["source_type"]), text(meta["source"]), text(meta["schema"]), text(meta["profile"]), {}};
    if (const auto* tags = edge["tags"].if_object()) {
      for (const auto& [key, value] : *tags) input.tags.push_back({key, text(value)});
    }
    std::ranges::sort(input.tags, {}, &tracking::Tag::key);
    run.datasets.push_back(std::move(input));
  }
  for (const auto& name : folders_in(folder / "outputs")) {
    const auto meta = meta_of(folder / "outputs" / name, sink);
    run.outputs.push_back({name, whole(meta["step"])});
  }
}

Run run_of(const MlrunsExperiment& experiment, const fs::path& folder, const json::Value& meta, Sink& sink) {
  Run run{.info = {folder.filename().string(), experiment.id, text(meta["run_name"]), text(meta["user_id"]), status_of(meta["status"]),
                   whole(meta["start_time"]), maybe_time(meta["end_time"]), lifecycle_of(meta), text(meta["artifact_uri"])},
          .metrics = {},
          .params = {},
          .tags = {},
          .datasets = {},
          .outputs = {}};
  if (run.info.name.empty()) run.info.name = text(meta["name"]);
  run.params = read_pairs(folder / "params");
  run.tags = read_pairs(folder / "tags");
  if (const auto tag = std::ranges::find(run.tags, "mlflow.runName", &tracking::Tag::key); run.info.name.empty() && tag != run.tags.end())
    run.info.name = tag->value;
  add_inputs(experiment, folder, run, sink);
  return run;
}

bool same(const tracking::AdoptedPoint& a, const tracking::AdoptedPoint& b) {
  return a.step == b.step && a.at_ms == b.at_ms && std::bit_cast<std::uint64_t>(a.value) == std::bit_cast<std::uint64_t>(b.value);
}

// By step and time; a point that was written twice is one.
void make_distinct(std::vector<tracking::AdoptedPoint>& points) {
  const auto key = [](const tracking::AdoptedPoint& point) { return std::tuple(point.step, point.at_ms, std::bit_cast<std::uint64_t>(point.value)); };
  std::ranges::sort(points, {}, key);
  const auto repeated = std::ranges::unique(points, same);
  points.erase(repeated.begin(), repeated.end());
}

// A line that a dying writer cut is left out and told; what cannot be read as a whole is told too.
Result<void> read_series(const fs::path& file, const std::string& run_id, const std::string& key, Sink& sink) {
  constexpr std::size_t kMostHeld = 1 << 22;  // points of one piece
  Series series{run_id, clean(key), {}};
  const auto hand_over = [&]() -> Result<void> {
    if (series.points.empty()) return {};
    make_distinct(series.points);
    return sink.record(std::exchange(series, Series{run_id, clean(key), {}}));
  };
  const auto read = each_line(file, [&](std::string_view line, bool ended) -> Result<void> {
    if (line.empty()) return {};
    const auto one = read_metric_line(line);
    if (!one) return sink.left("lines of metrics", ended ? "are no metrics" : "were cut while they were written"), Result<void>();
    series.points.push_back(one->point);
    return series.points.size() < kMostHeld ? Result<void>() : hand_over();
  });
  if (!read && read.error().code == Code::cancelled) return read;
  if (!read) sink.left("metrics", read.error().message);
  return hand_over();
}

Result<void> tell_files(MlrunsReading& reading, const Owner& owner, const fs::path& beside, const std::string& uri) {
  std::error_code error;
  reading.owners[uri] = owner;
  if (fs::is_directory(beside, error)) return reading.sink.folder({owner, beside});
  if (uri.empty() || !fs::path(uri).is_absolute()) return {};
  if (is_elsewhere(uri)) return reading.sink.left("folders of files", fmt::format("stay where they are ({}:)", uri.substr(0, uri.find(':')))), Result<void>();
  return fs::is_directory(uri, error) ? reading.sink.folder({owner, uri}) : Result<void>();
}

}  // namespace

Result<void> read_experiment(MlrunsReading& reading, const fs::path& folder, bool deleted) {
  const auto meta = meta_of(folder, reading.sink);
  if (meta.is_null()) return {};
  Experiment experiment{folder.filename().string(),      text(meta["name"]),
                        text(meta["artifact_location"]), deleted ? "deleted" : lifecycle_of(meta),
                        whole(meta["creation_time"]),    whole(meta["last_update_time"]),
                        read_pairs(folder / "tags")};
  if (experiment.name.empty()) experiment.name = experiment.id;
  reading.experiments.push_back({experiment.id, folder});
  return reading.sink.record(std::move(experiment));
}

Result<void> read_runs(MlrunsReading& reading, const MlrunsExperiment& experiment) {
  for (const auto& name : folders_in(experiment.folder)) {
    if (std::ranges::find(kNoRuns, name) != std::end(kNoRuns)) continue;
    const auto folder = experiment.folder / name;
    const auto meta = meta_of(folder, reading.sink);
    if (meta.is_null()) continue;
    auto run = run_of(experiment, folder, meta, reading.sink);
    const Owner owner{Thing::run, experiment.id, run.info.id};
    const auto id = run.info.id, uri = run.info.artifact_uri;
    TRY(reading.sink.record(std::move(run)));
    TRY(tell_files(reading, owner, folder / "artifacts", uri));
    for (const auto& key : files_below(folder / "metrics")) TRY(read_series(folder / "metrics" / key, id, key, reading.sink));
  }
  return {};
}

Result<void> read_logged_models(MlrunsReading& reading, const MlrunsExperiment& experiment) {
  for (const auto& name : folders_in(experiment.folder / "models")) {
    const auto folder = experiment.folder / "models" / name;
    const auto meta = meta_of(folder, reading.sink);
    if (meta.is_null()) continue;
    constexpr std::string_view kStatus[] = {"READY", "PENDING", "READY", "UPLOAD_FAILED"};
    const auto number = whole(meta["status"]);
    LoggedModel given{{name,
                       experiment.id,
                       text(meta["name"]),
                       text(meta["model_type"]),
                       text(meta["source_run_id"]),
                       number >= 1 && number <= 3 ? std::string(kStatus[number]) : text(meta["status"]),
                       text(meta["artifact_location"]),
                       whole(meta["creation_timestamp"]),
                       whole(meta["last_updated_timestamp"]),
                       read_pairs(folder / "params"),
                       read_pairs(folder / "tags"),
                       {}},
                      lifecycle_of(meta) == "deleted"};
    for (const auto& key : files_below(folder / "metrics")) {
      TRY(each_line(folder / "metrics" / key, [&](std::string_view line, bool) -> Result<void> {
        // A run's id stands last; the data set before it, where there is one.
        const auto last = line.rfind(' ');
        const auto run_id = last == std::string_view::npos ? "" : std::string(line.substr(last + 1));
        const auto one = last == std::string_view::npos ? std::nullopt : read_metric_line(line.substr(0, last));
        const auto whole_line = one && run_id.size() == 32 ? one : read_metric_line(line);
        if (!whole_line && !line.empty()) reading.sink.left("lines of metrics", "are no metrics of a logged model");
        if (!whole_line) return {};
        const auto& point = whole_line->point;
        given.model.metrics.push_back({{clean(key), point.value, point.at_ms, point.step},
                                       name,
                                       one && run_id.size() == 32 ? run_id : given.model.source_run_id,
                                       whole_line->dataset_name,
                                       whole_line->dataset_digest});
        return {};
      }));
    }
    const Owner owner{Thing::logged_model, experiment.id, name};
    const auto uri = given.model.artifact_uri;
    TRY(reading.sink.record(std::move(given)));
    TRY(tell_files(reading, owner, folder / "artifacts", uri));
  }
  return {};
}

}  // namespace gyre::exchange

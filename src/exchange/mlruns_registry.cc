// Registered models and traces of `mlruns/`.
#include <fmt/format.h>

#include <algorithm>

#include "base/file.h"
#include "exchange/mlflow_database.h"
#include "exchange/mlruns_parts.h"

namespace gyre::exchange {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kVersion = "version-", kDeleted = "Deleted_Internal";

Version version_of(const json::Value& meta, const std::string& model, const fs::path& folder) {
  const auto stage = text(meta["current_stage"]), source = text(meta["source"]), location = text(meta["storage_location"]);
  Version given{{model,
                 whole(meta["version"]),
                 whole(meta["creation_timestamp"]),
                 whole(meta["last_updated_timestamp"]),
                 text(meta["description"]),
                 source,
                 text(meta["run_id"]),
                 text(meta["run_link"]),
                 stage.empty() || stage == kDeleted ? "None" : stage,
                 text(meta["user_id"]),
                 location.empty() ? source : location,
                 {},
                 {}},
                stage == kDeleted};
  given.version.tags = read_pairs(folder / "tags");
  return given;
}

// The owner whose files hold those of the version: the run by its id, or the logged model that the source names.
std::optional<Origin> origin_of(const MlrunsReading& reading, const registry::Version& version) {
  for (const auto& [uri, owner] : reading.owners) {
    if (owner.thing == Thing::logged_model && version.source == "models:/" + owner.id) return Origin{owner, ""};
    if (!uri.empty() && version.artifact_uri.starts_with(uri)) return Origin{owner, version.artifact_uri.substr(uri.size())};
  }
  // A folder that was moved: what stands behind ".../<run>/artifacts" is the same.
  const auto mark = version.run_id + "/artifacts";
  const auto at = version.run_id.empty() ? std::string::npos : version.artifact_uri.find(mark);
  if (at == std::string::npos) return std::nullopt;
  const auto run = std::ranges::find_if(reading.owners, [&](const auto& one) { return one.second.id == version.run_id; });
  return run == reading.owners.end() ? std::nullopt : std::optional(Origin{run->second, version.artifact_uri.substr(at + mark.size())});
}

Result<void> read_model(MlrunsReading& reading, const fs::path& folder, std::vector<Model>& models) {
  const auto meta = meta_of(folder, reading.sink);
  if (meta.is_null()) return {};
  Model model{
      text(meta["name"]), text(meta["description"]), whole(meta["creation_timestamp"]), whole(meta["last_updated_timestamp"]), read_pairs(folder / "tags"), {}};
  if (model.name.empty()) model.name = folder.filename().string();
  for (const auto& [alias, version] : read_pairs(folder / "aliases")) model.aliases.push_back({alias, whole(json::Value(version))});
  TRY(reading.sink.record(Model(model)));
  models.push_back(std::move(model));
  return {};
}

}  // namespace

Result<void> read_registry(MlrunsReading& reading) {
  std::vector<Model> models;
  const auto root = reading.folder / "models";
  const auto names = folders_in(root);
  for (const auto& name : names) TRY(read_model(reading, root / name, models));
  for (const auto& name : names) {
    const auto model = std::ranges::find_if(models, [&](const Model& one) { return one.name == name; });
    if (model == models.end()) continue;
    for (const auto& part : folders_in(root / name)) {
      if (!part.starts_with(kVersion)) continue;
      const auto meta = meta_of(root / name / part, reading.sink);
      if (meta.is_null()) continue;
      auto version = version_of(meta, name, root / name / part);
      auto origin = version.deleted ? std::nullopt : origin_of(reading, version.version);
      TRY(reading.sink.version(std::move(version), std::move(origin)));
    }
  }
  for (auto& model : models) {
    if (!model.aliases.empty()) TRY(reading.sink.record(Aliases{std::move(model)}));
  }
  return {};
}

Result<void> read_traces(MlrunsReading& reading, const MlrunsExperiment& experiment) {
  for (const auto& name : folders_in(experiment.folder / "traces")) {
    const auto folder = experiment.folder / "traces" / name;
    const auto bytes = read_file(folder / "trace_info.yaml");
    const auto meta = bytes ? read_meta_text(*bytes) : json::Value();
    if (meta.is_null()) continue;
    Trace trace;
    auto& info = trace.info;
    info.id = name;
    info.experiment_id = experiment.id;
    info.start_ms = whole(meta["timestamp_ms"], whole(meta["request_time"]));
    if (!meta["execution_time_ms"].is_null()) info.duration_ms = whole(meta["execution_time_ms"]);
    info.state = text(meta["state"]).empty() ? text(meta["status"]) : text(meta["state"]);
    if (info.state.empty() || info.state == "TRACE_STATUS_UNSPECIFIED") info.state = "STATE_UNSPECIFIED";
    for (const auto* member : {"client_request_id", "request_preview", "response_preview"}) {
      if (meta[member].is_null()) continue;
      (member[0] == 'c' ? info.client_request_id : member[2] == 'q' ? info.request_preview : info.response_preview) = text(meta[member]);
    }
    for (const auto& tag : read_pairs(folder / "tags")) info.tags[tag.key] = tag.value;
    for (const auto& tag : read_pairs(folder / "request_metadata")) info.metadata[tag.key] = tag.value;
    if (const auto assessments = files_below(folder / "assessments"); !assessments.empty())
      reading.sink.left("assessments", "of the file store are not moved yet", std::ssize(assessments));
    TRY(reading.sink.record(std::move(trace)));
    std::error_code error;
    if (fs::is_directory(folder / "artifacts", error)) TRY(reading.sink.folder({{Thing::trace, experiment.id, name}, folder / "artifacts"}));
  }
  return {};
}

}  // namespace gyre::exchange

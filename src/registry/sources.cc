// What a version is made of: the files behind a URI, and the run that they are of.
#include <fmt/format.h>

#include <charconv>

#include "registry/registry.h"

namespace gyre::registry {
namespace {

constexpr std::string_view kLogged = "models:/m-", kModels = "models:/", kRuns = "runs:/", kArtifacts = "mlflow-artifacts:";

std::unexpected<Error> not_within(std::string_view source, std::string_view parameter) {
  return fail(
      Code::invalid,
      fmt::format("Invalid model version source: '{:.500}'. The {} request parameter must identify the resource that contains the source.", source, parameter));
}

// A ".." hides behind any number of percent signs; the artifact's own rules see through them.
Result<std::string> key_of(std::string_view source, std::string_view uri) {
  auto key = tracking::artifact_key(uri);
  if (key) return key;
  return fail(Code::invalid, fmt::format("Invalid model version source: '{:.500}'. If supplying a source as an http, https, local file path, ftp, objectstore, "
                                         "or mlflow-artifacts uri, an absolute path "
                                         "must be provided without relative path references present. Please provide an absolute path.",
                                         source));
}

bool is_within(std::string_view key, std::string_view root) { return key == root || (key.starts_with(root) && key.substr(root.size()).starts_with('/')); }

// Files of the run, or of a logged model of its experiment that it made.
Result<void> check_of_run(tracking::Service& tracking, std::string_view source, std::string_view key, std::string_view run_id) {
  const auto run = tracking.run(run_id);
  if (!run) return run.error().code == Code::not_found ? not_within(source, "run_id") : std::unexpected(run.error());
  if (is_within(key, TRY(tracking::artifact_key(run->info.artifact_uri)))) return {};
  for (const auto& output : run->outputs) {
    const auto model = tracking.logged_model(output.model_id);
    if (model && is_within(key, TRY(tracking::artifact_key(model->artifact_uri)))) return {};
  }
  return not_within(source, "run_id");
}

bool is_local(std::string_view source) { return source.starts_with("file:") || source.find(':') == std::string_view::npos; }

std::unexpected<Error> refuse_local(std::string_view source) {
  constexpr std::string_view kFile = "file://";
  if (source.starts_with(kFile)) source.remove_prefix(kFile.size());
  return fail(Code::invalid, fmt::format("Invalid model version source: '{:.500}'. To use a local path as a model version source, the run_id request parameter "
                                         "has to be specified and the local path "
                                         "has to be contained within the artifact directory of the run specified by the run_id.",
                                         source));
}

}  // namespace

// "models:/m-<id>" is a logged model, "models:/name/version" a version, "runs:/<run>/path" a run's artifact.
Result<Source> Service::resolve_source(const NewVersion& fresh) {
  const std::string_view source = fresh.source;
  if (source.starts_with(kLogged)) {
    const auto id = source.substr(kModels.size());
    if (!fresh.model_id.empty() && fresh.model_id != id) return not_within(source, "model_id");
    const auto model = TRY(tracking_.logged_model(id));
    return Source{model.artifact_uri, fresh.run_id.empty() ? model.source_run_id : fresh.run_id};
  }
  if (source.starts_with(kModels)) {
    const auto rest = source.substr(kModels.size());
    const auto slash = rest.find('/');
    std::int64_t number = 0;
    const bool whole =
        slash != std::string_view::npos && std::from_chars(rest.data() + slash + 1, rest.data() + rest.size(), number).ptr == rest.data() + rest.size();
    if (!whole) return not_within(source, "model_id");
    const auto other = TRY(version(rest.substr(0, slash), number));
    return Source{other.artifact_uri, fresh.run_id.empty() ? other.run_id : fresh.run_id};
  }
  if (source.starts_with(kRuns)) {
    const auto rest = source.substr(kRuns.size());
    const auto slash = std::min(rest.find('/'), rest.size());
    const auto run_id = rest.substr(0, slash);
    if (!fresh.run_id.empty() && fresh.run_id != run_id) return not_within(source, "run_id");
    const auto uri = fmt::format("{}{}", TRY(tracking_.run(run_id)).info.artifact_uri, rest.substr(slash));
    TRY(key_of(source, uri));
    return Source{uri, std::string(run_id)};
  }
  if (is_local(source)) return refuse_local(source);
  if (!source.starts_with(kArtifacts)) {
    return fail(
        Code::invalid,
        fmt::format("Invalid model version source: '{:.200}'. Its files must be artifacts of this server (runs:/, models:/ or mlflow-artifacts:/).", source));
  }
  const auto key = TRY(key_of(source, source));
  if (!fresh.run_id.empty()) TRY(check_of_run(tracking_, source, key, fresh.run_id));
  return Source{std::string(source), fresh.run_id};
}

}  // namespace gyre::registry

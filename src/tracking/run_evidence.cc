#include "tracking/run_evidence.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/case.h"

namespace gyre::tracking {
namespace {

constexpr std::string_view kPackageFiles[] = {"requirements.txt", "environment/requirements.txt", "pip-freeze.txt",
                                              "pip_freeze.txt",   "environment/pip-freeze.txt",   "model/requirements.txt"};
constexpr std::string_view kDiffFiles[] = {"git.diff", "code/diff.patch", "git_diff.patch", "diff.patch", "code/git.diff"};
constexpr std::string_view kDiffTag = "mlflow.source.git.diff", kCommitTag = "mlflow.source.git.commit";
// Neither what people told of a run nor what it ran with: its name and notes, and what MLflow keeps for itself.
constexpr std::string_view kUntold[] = {"mlflow.runName",      "mlflow.note.content",    "mlflow.log-model.history",
                                        "mlflow.loggedImages", "mlflow.loggedArtifacts", "mlflow.rootRunId"};

bool is_environment(std::string_view key) {
  return key.starts_with("mlflow.source.") || key.starts_with("mlflow.docker.") || key.starts_with("mlflow.project.") || key.starts_with("gyre.") ||
         key == "mlflow.user";
}

void sort_tags(const Run& run, RunEvidence& evidence) {
  for (const auto& tag : run.tags) {
    if (tag.key == kCommitTag) evidence.commit = tag.value;
    if (tag.key == kDiffTag) {
      evidence.diff = tag.value;
    } else if (is_environment(tag.key)) {
      evidence.environment[tag.key] = tag.value;
    } else if (std::ranges::find(kUntold, tag.key) == std::end(kUntold)) {
      evidence.tags[tag.key] = tag.value;
    }
  }
}

// The first of the files that is there and not too long; nothing: none is.
Result<std::optional<std::string>> first_file(const Run& run, blob::Store& blobs, std::span<const std::string_view> names) {
  if (!run.info.artifact_uri.starts_with(kArtifactScheme)) return std::nullopt;  // they are elsewhere, where clients put them
  for (const auto name : names) {
    const auto key = artifact_key(fmt::format("{}/{}", run.info.artifact_uri, name));
    if (!key) continue;
    const auto there = blobs.stat(*key);
    if (!there && there.error().code == Code::not_found) continue;
    if (!there) return std::unexpected(there.error());
    if (there->size_bytes > static_cast<std::int64_t>(kMaxComparedFileBytes)) continue;
    StringSink sink(kMaxComparedFileBytes);
    TRY(blobs.get(*key, {}, sink));
    return std::move(sink.text);
  }
  return std::nullopt;
}

void add_inputs(const Run& run, Texts& data) {
  for (const auto& dataset : run.datasets) {
    const auto context = std::ranges::find(dataset.tags, "mlflow.data.context", &Tag::key);
    auto& told = data[fmt::format("input {}{}", dataset.name, context == dataset.tags.end() ? "" : " for " + context->value)];
    told += (told.empty() ? "" : ", ") + dataset.digest;
  }
  for (const auto& model : run.model_inputs) {
    auto& told = data["model"];
    told += (told.empty() ? "" : ", ") + model;
  }
}

// The commits that it, or the pipeline's run that it is part of, read: not those from which they followed.
Result<void> add_commits(const Run& run, governance::Service& governance, Texts& data) {
  const auto lineage = governance.lineage(governance::urn("run", run.info.id), 2, 0);
  if (!lineage && lineage.error().code == Code::not_found) return {};
  if (!lineage) return std::unexpected(lineage.error());
  for (const auto& node : lineage->nodes) {
    const bool was_read =
        std::ranges::any_of(lineage->edges, [&](const governance::Edge& edge) { return edge.from == node.urn && edge.relation != "followed"; });
    if (node.kind != "commit" || !was_read) continue;
    const auto at = node.name.rfind('@');
    auto& told = data["commit " + node.name.substr(0, at)];
    told += (told.empty() ? "" : ", ") + (at == std::string::npos ? node.name : node.name.substr(at + 1));
  }
  return {};
}

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t\r");
  if (first == std::string_view::npos) return "";
  return text.substr(first, text.find_last_not_of(" \t\r") - first + 1);
}

}  // namespace

Texts packages_of(std::string_view text) {
  Texts packages;
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size());
    auto line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    line = trimmed(line.substr(0, std::min(line.find(" #"), line.size())));
    if (line.empty() || line.starts_with('#') || line.starts_with('-')) continue;
    const auto name = line.substr(0, std::min(line.find_first_of("=<>!~@[; "), line.size()));
    auto rest = trimmed(line.substr(name.size()));
    if (rest.starts_with("==")) rest = trimmed(rest.substr(2));
    if (!name.empty()) packages[lower(name)] = rest.empty() ? "any" : std::string(rest);
  }
  return packages;
}

Result<RunEvidence> read_evidence(const Run& run, blob::Store& blobs, governance::Service& governance) {
  RunEvidence evidence;
  sort_tags(run, evidence);
  if (const auto packages = TRY(first_file(run, blobs, kPackageFiles))) {
    for (auto& [name, version] : packages_of(*packages)) evidence.environment["packages." + name] = std::move(version);
  }
  if (!evidence.diff) evidence.diff = TRY(first_file(run, blobs, kDiffFiles));
  add_inputs(run, evidence.data);
  TRY(add_commits(run, governance, evidence.data));
  return evidence;
}

}  // namespace gyre::tracking

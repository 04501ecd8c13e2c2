#include "api/rest/refs.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

namespace gyre::rest {
namespace {

constexpr std::array<std::string_view, 15> kKinds = {"repo",  "commit",        "pipeline", "pipeline-run",      "step",   "experiment", "run",
                                                     "model", "model-version", "endpoint", "endpoint-revision", "window", "monitor",    "alert",
                                                     "policy"};
// A bare name or id may name several things: the first of these kinds that has one is meant.
constexpr std::array<std::string_view, 11> kNamedKinds = {"model", "endpoint",     "pipeline", "repo",  "monitor", "policy",
                                                          "run",   "pipeline-run", "step",     "alert", "decision"};

std::int64_t number_of(std::string_view text) {
  std::int64_t number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

// "a@b" or "a/b" at the last of such signs.
std::pair<std::string_view, std::string_view> split(std::string_view text, char sign) {
  const auto at = text.rfind(sign);
  if (at == std::string_view::npos) return {text, ""};
  return {text.substr(0, at), text.substr(at + 1)};
}

std::string attribute(const governance::Node* node, std::string_view name) { return node ? node->attributes[name].string_or("") : ""; }

// "gate: v2 passed 5 of 5 gates" -> what follows.
std::string_view without_verdict(std::string_view name) {
  const auto colon = name.find(": ");
  return colon == std::string_view::npos ? name : name.substr(colon + 2);
}

Link window_of(std::string_view id, const governance::Node* node) {
  const auto [monitor, from] = split(id, '/');
  const auto from_ms = from_iso(from).value_or(0);
  return window_link(monitor, from_ms, node && node->at_ms > from_ms ? node->at_ms : from_ms + kDayMs);
}

Result<std::string> urn_of_version_or_commit(const Rooms& rooms, std::string_view ref) {
  if (const auto version = registry::find_version(rooms.registry, ref)) return governance::urn("model-version", version->ref());
  const auto commit = rooms.datasets.resolve(ref);
  if (!commit)
    return fail(Code::not_found, fmt::format("There is no model version and no commit '{:.120}'.", ref), commit.error().message,
                "write model@version or repo@commit");
  return datasets::commit_urn(commit->commit.repo, commit->commit.id);
}

}  // namespace

std::string ref_of(std::string_view repo, std::string_view ref, std::string_view path) {
  while (path.starts_with('/')) path.remove_prefix(1);
  return fmt::format("{}@{}{}{}", repo, ref.empty() ? datasets::kMainBranch : ref, path.empty() ? "" : "/", path);
}

Urn parse_urn(std::string_view urn) {
  const auto prefix = fmt::format("gyre:{}:", governance::kProject);
  if (!urn.starts_with(prefix)) return {};
  urn.remove_prefix(prefix.size());
  const auto colon = urn.find(':');
  if (colon == std::string_view::npos) return {};
  return {std::string(urn.substr(0, colon)), std::string(urn.substr(colon + 1))};
}

Result<std::string> urn_of(const Rooms& rooms, std::string_view ref) {
  if (ref.starts_with("gyre:")) return std::string(ref);
  const auto colon = ref.find(':');
  if (colon != std::string_view::npos) {
    const auto kind = ref.substr(0, colon), id = ref.substr(colon + 1);
    if (kind == "decision" || std::ranges::find(kKinds, kind) != kKinds.end()) {
      if (kind == "commit" || kind == "model-version") return urn_of_version_or_commit(rooms, id);
      const auto urn = governance::urn(kind, id);
      if (rooms.governance.find(urn)) return urn;
      return TRY(rooms.governance.find(id)).urn;
    }
  }
  if (ref.contains('@')) return urn_of_version_or_commit(rooms, ref);
  for (const auto kind : kNamedKinds) {
    if (const auto node = rooms.governance.find(governance::urn(kind, ref))) return node->urn;
  }
  return TRY(rooms.governance.find(ref)).urn;
}

Link link_of(std::string_view text, const governance::Node* node) {
  const auto [kind, id] = parse_urn(text);
  if (kind == "repo") return repo_link(id);
  if (kind == "commit") return commit_link(split(id, '@').first, split(id, '@').second);
  if (kind == "pipeline") return pipeline_link(id);
  if (kind == "pipeline-run") return pipeline_run_link(attribute(node, "pipeline"), id);
  if (kind == "run") return run_link(id, node ? node->name : "");
  if (kind == "model") return model_link(id);
  if (kind == "model-version") return version_link(split(id, '@').first, number_of(split(id, '@').second));
  if (kind == "endpoint") return endpoint_link(id);
  if (kind == "endpoint-revision") return endpoint_revision_link(split(id, '@').first, number_of(split(id, '@').second));
  if (kind == "monitor") return monitor_link(id);
  if (kind == "window") return window_of(id, node);
  if (kind == "alert") return alert_link(id, node ? node->name : "");
  if (kind == "policy") return policy_link(id);
  if (kind == "decision") return decision_link(attribute(node, "policy"), id, node ? without_verdict(node->name) : "");
  return {std::string(text), kind, id, page_path(), ""};
}

}  // namespace gyre::rest

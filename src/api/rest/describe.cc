#include "api/rest/describe.h"

#include <fmt/format.h>

#include <charconv>

#include "api/rest/flags.h"
#include "api/rest/pipelines.h"

namespace gyre::rest {
namespace {

std::string text_of(const governance::Node& node, std::string_view name) { return node.attributes[name].string_or(""); }

Description of_alert(const Rooms& rooms, const std::string& id) {
  const auto alert = rooms.monitoring.alert(id);
  if (!alert) return {};
  const auto words = beyond_text(alert->value, alert->limit);
  if (alert->state != "open") return {"ok", words};
  return {alert->severity == "warn" ? "warn" : "crit", words};
}

Description of_pipeline_run(const Rooms& rooms, const std::string& id) {
  const auto run = rooms.pipelines.run(id);
  if (!run) return {};
  return {run_status(*run), started_by(run->trigger)};
}

Description of_run(const Rooms& rooms, const std::string& id) {
  const auto run = rooms.tracking.run(id);
  if (!run) return {};
  const auto& status = run->info.status;
  return {status == "RUNNING" ? "run" : status == "FINISHED" ? "ok" : status == "FAILED" ? "crit" : "none", run->info.user};
}

Description of_version(const Rooms& rooms, const std::string& id) {
  const auto version = registry::find_version(rooms.registry, id);
  if (!version) return {};
  return {version->aliases.empty() ? "none" : "ok", fmt::format("{}", fmt::join(version->aliases, ", "))};
}

Description of_endpoint(const Rooms& rooms, const std::string& name) {
  const auto endpoint = rooms.serving.endpoint(name);
  if (!endpoint || !endpoint->revision) return {"none", "not deployed"};
  return {"ok", fmt::format("revision {}", endpoint->revision->number)};
}

}  // namespace

Description describe(const Rooms& rooms, const governance::Node& node) {
  const auto [kind, id] = parse_urn(node.urn);
  if (kind == "alert") return of_alert(rooms, id);
  if (kind == "pipeline-run") return of_pipeline_run(rooms, id);
  if (kind == "run") return of_run(rooms, id);
  if (kind == "model-version") return of_version(rooms, id);
  if (kind == "endpoint") return of_endpoint(rooms, id);
  if (kind == "commit") return {"ok", text_of(node, "message")};
  if (kind == "decision" || kind == "endpoint-revision") return {"none", text_of(node, "reason")};
  if (kind == "window") return {"none", fmt::format("{} rows", plain_count(node.attributes["rows"].int_or(0)))};
  if (kind == "repo") return {"none", text_of(node, "description")};
  return {};
}

}  // namespace gyre::rest

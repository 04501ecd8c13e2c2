// /models/{model}/versions/{version}: may it serve? Gates, evidence and origin on one page.
#include "api/rest/versions.h"

#include <algorithm>

#include "api/rest/flags.h"
#include "api/rest/refs.h"

namespace gyre::rest {
namespace {

constexpr std::size_t kMaxHistory = 60;
constexpr std::string_view kFigures[] = {"auc", "log_loss", "skill", "brier", "ece"};

std::optional<Link> run_of(const Rooms& rooms, const registry::Version& version) {
  if (version.run_id.empty()) return std::nullopt;
  const auto run = rooms.tracking.run(version.run_id);
  return run_link(version.run_id, run ? run->info.name : "");
}

// What the trainer measured on the held-out reference.
void metrics_field(Writer& writer, const std::optional<registry::Evidence>& training) {
  writer.key("metrics");
  writer.begin_object();
  for (const auto name : kFigures) {
    if (!training || !training->body[name].is_number()) continue;
    writer.field(name, training->body[name].number_or(0));
  }
  writer.end_object();
}

// The commit that it was trained on: what the pipeline run pinned.
std::optional<Link> commit_of(const std::optional<registry::Evidence>& pipeline_run) {
  const auto commit = pipeline_run ? pipeline_run->body["commit"].string_or("") : "";
  const auto at = commit.find('@');
  if (at == std::string::npos) return std::nullopt;
  return commit_link(commit.substr(0, at), commit.substr(at + 1));
}

// Commit, pipeline run, run: left to right.
void origin_field(Writer& writer, const std::optional<registry::Evidence>& pipeline_run, const std::optional<Link>& run) {
  writer.key("origin");
  writer.begin_array();
  if (const auto commit = commit_of(pipeline_run)) write(writer, *commit);
  if (pipeline_run) write(writer, pipeline_run_link(pipeline_run->body["pipeline"].string_or(""), pipeline_run->body["run"].string_or("")));
  if (run) write(writer, *run);
  writer.end_array();
}

Result<void> used_by_field(Writer& writer, const Rooms& rooms, const ModelStory& story, std::int64_t version) {
  writer.key("used_by");
  writer.begin_array();
  for (const auto& endpoint : story.endpoints()) {
    const bool routed =
        endpoint.revision && std::ranges::any_of(endpoint.revision->routes, [&](const serving::Route& route) { return route.version == version; });
    if (!routed) continue;
    write(writer, endpoint_link(endpoint.name));
    if (const auto monitor = TRY(rooms.monitoring.monitor_of(endpoint.name))) write(writer, monitor_link(monitor->name));
  }
  writer.end_array();
  return {};
}

void training_field(Writer& writer, const std::optional<registry::Evidence>& training, const std::optional<registry::Evidence>& pipeline_run) {
  writer.key("training");
  if (!training) return writer.null();
  const auto day = [&](std::string_view name, TimeMs behind) -> TimeMs {
    const auto at = from_iso(training->body[name].string_or(""));
    return at ? *at + behind : 0;
  };
  const auto& rows = training->body["rows"];
  writer.begin_object();
  maybe_link_field(writer, "commit", commit_of(pipeline_run));
  maybe_time_field(writer, "from", day("from", 0));
  maybe_time_field(writer, "to", day("to", kDayMs));
  maybe_integer_field(writer, "rows", rows.if_int() ? std::optional(*rows.if_int()) : std::nullopt);
  writer.end_object();
}

// A version whose file is no model that can be loaded is shown all the same, without columns.
void signature_field(Writer& writer, const Rooms& rooms, const registry::Version& version) {
  writer.key("signature");
  writer.begin_array();
  if (const auto columns = rooms.serving.columns(version.model, version.version)) {
    for (const auto& column : *columns) {
      writer.begin_object();
      writer.field("name", column.name);
      writer.field("role", column.role);
      writer.field("type", column.type);
      writer.end_object();
    }
  }
  writer.end_array();
}

void files_field(Writer& writer, const std::vector<registry::VersionFile>& files) {
  writer.key("files");
  writer.begin_array();
  for (const auto& file : files) {
    writer.begin_object();
    writer.field("path", file.path);
    writer.field("bytes", file.size_bytes);
    writer.field("sha256", file.sha256);
    writer.end_object();
  }
  writer.end_array();
}

std::string_view flag_kind(std::string_view verdict) {
  if (verdict == "train") return "retrain";
  if (verdict == "advance" || verdict == "promote") return "deploy";
  if (verdict == "rollback") return "rollback";
  if (verdict == "wait" || verdict == "open" || verdict == "skip") return "note";
  return "decision";
}

// What was decided about it, newest first, down to when it was registered.
void history_field(Writer& writer, const ModelStory& story, const registry::Version& version, const std::optional<Link>& run) {
  std::vector<Flag> flags;
  for (const auto* decision : story.decisions_about(version.version)) {
    if (flags.size() >= kMaxHistory) break;
    auto text = decision->reason.empty() ? decision->text : fmt::format("{}: {}", decision->text, decision->reason);
    flags.push_back({decision->id, decision->at_ms, std::string(flag_kind(decision->verdict)), std::string(decision_status(decision->verdict)), std::move(text),
                     decision_link(decision->policy, decision->id)});
  }
  flags.push_back({version.ref(), version.created_ms, "note", "none", "Registered", run.value_or(version_link(version.model, version.version))});
  flags_field(writer, "history", flags);
}

Result<registry::Version> version_in(const Rooms& rooms, const net::Request& request) {
  return registry::find_version(rooms.registry, fmt::format("{}@{}", request.parameter("model"), request.parameter("version")));
}

// The champion that the gates compared it with.
Result<std::optional<Link>> versus_of(const Rooms& rooms, const ModelStory& story, const policy::Decision* gates) {
  if (!gates) return std::nullopt;
  const auto one = TRY(rooms.policy.find_case(gates->case_id));
  return one && one->champion > 0 ? std::optional(version_link(story.model(), one->champion)) : std::nullopt;
}

Result<net::Response> get_version(const Rooms& rooms, const net::Request& request) {
  const auto version = TRY(version_in(rooms, request));
  const auto story = TRY(ModelStory::of(rooms, version.model));
  const auto training = TRY(rooms.registry.evidence(version.model, version.version, "training")),
             pipeline_run = TRY(rooms.registry.evidence(version.model, version.version, "pipeline-run"));
  const auto* gates = story.gates_of(version.version);
  const auto run = run_of(rooms, version);
  Writer writer;
  writer.begin_object();
  TRY(version_fields(writer, rooms, story, version));
  link_field(writer, "model", model_link(version.model));
  maybe_link_field(writer, "decision", gates ? std::optional(decision_link(gates->policy, gates->id)) : std::nullopt);
  maybe_link_field(writer, "versus", TRY(versus_of(rooms, story, gates)));
  checks_field(writer, "checks", gates ? gates->checks : std::vector<policy::Check>{}, false, std::nullopt);
  origin_field(writer, pipeline_run, run);
  TRY(used_by_field(writer, rooms, story, version.version));
  training_field(writer, training, pipeline_run);
  signature_field(writer, rooms, version);
  files_field(writer, TRY(rooms.registry.files(version.model, version.version)));
  history_field(writer, story, version, run);
  writer.end_object();
  return reply(writer);
}

}  // namespace

Result<void> version_fields(Writer& writer, const Rooms& rooms, const ModelStory& story, const registry::Version& version) {
  const auto state = story.state_of(version);
  const auto* gates = story.gates_of(version.version);
  link_fields(writer, version_link(version.model, version.version, fmt::format("{}-{}", version.updated_ms, state.text)));
  writer.field("version", std::to_string(version.version));
  writer.field("status", state.status);
  writer.field("state", state.text);
  strings_field(writer, "aliases", version.aliases);
  time_field(writer, "created_at", version.created_ms);
  maybe_link_field(writer, "run", run_of(rooms, version));
  writer.key("gates");
  writer.begin_array();
  if (gates) {
    for (const auto& check : gates->checks) writer.string(verdict_of(check));
  }
  writer.end_array();
  metrics_field(writer, TRY(rooms.registry.evidence(version.model, version.version, "training")));
  return {};
}

void add_version_routes(net::Router& router, const Rooms& rooms) { add(router, rooms, "GET", "/models/:model/versions/:version", get_version); }

}  // namespace gyre::rest

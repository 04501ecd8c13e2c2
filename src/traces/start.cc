// Traces as their clients tell of them: made, completed, tagged, linked.
#include <fmt/format.h>

#include "traces/store.h"

namespace gyre::traces {
namespace {

Result<void> check(const TraceInfo& info) {
  if (info.id.empty() || info.id.size() > kMaxKeyLength || clipped(info.id, kMaxKeyLength) != info.id)
    return fail(Code::invalid, "Missing value for required parameter 'trace.trace_info.trace_id': it has 1 to 250 characters");
  if (info.state == "OK" || info.state == "ERROR" || info.state == "IN_PROGRESS" || info.state == "STATE_UNSPECIFIED") return {};
  return fail(Code::invalid,
              fmt::format("Invalid value \"{:.80}\" for parameter 'state' supplied: it is OK, ERROR, IN_PROGRESS or STATE_UNSPECIFIED", info.state));
}

std::optional<std::string> clipped_maybe(const std::optional<std::string>& text) {
  return text ? std::optional(clipped(*text, kMaxPreviewLength)) : std::nullopt;
}

Result<void> put_trace(sql::Tx& tx, const TraceInfo& info, std::int64_t experiment, bool finished) {
  return tx.exec(
      "INSERT INTO traces (id, experiment_id, start_ms, duration_ms, state, client_request_id, request_preview, response_preview, finished) "
      "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) "
      "ON CONFLICT (id) DO UPDATE SET experiment_id = excluded.experiment_id, start_ms = excluded.start_ms, duration_ms = excluded.duration_ms, state = "
      "excluded.state, "
      "client_request_id = excluded.client_request_id, request_preview = COALESCE(excluded.request_preview, traces.request_preview), "
      "response_preview = COALESCE(excluded.response_preview, traces.response_preview), finished = excluded.finished",
      info.id, experiment, info.start_ms, info.duration_ms, info.state, clipped_maybe(info.client_request_id), clipped_maybe(info.request_preview),
      clipped_maybe(info.response_preview), finished);
}

Result<TraceInfo> read_info(sql::Tx& tx, std::string_view id) { return std::move(TRY(with_notes(tx, {TRY(get_trace(tx, id))})).front()); }

}  // namespace

Result<tracking::Experiment> Service::active_experiment(std::string_view id) {
  TRY(experiment_number(id));
  auto experiment = TRY(tracking_.experiment(id));
  if (experiment.lifecycle == "active") return experiment;
  return fail(Code::invalid, fmt::format("The experiment {} must be in the 'active' state. Current state is {}.", id, experiment.lifecycle));
}

Result<TraceInfo> Service::start(const TraceInfo& info) {
  TRY(check(info));
  const auto experiment = TRY(active_experiment(info.experiment_id));
  const auto now_ms = clock_.now_ms();
  auto tags = info.tags, metadata = info.metadata;
  tags[std::string(kTagArtifactLocation)] = artifact_location(experiment, info.id);
  metadata[std::string(kMetadataFinalized)] = "true";
  std::vector<Assessment> assessments = info.assessments;
  for (auto& assessment : assessments) {
    assessment.trace_id = info.id;
    if (assessment.id.empty()) assessment.id = "a-" + make_hex_id();
    if (assessment.created_ms == 0) assessment.created_ms = now_ms;
    if (assessment.updated_ms == 0) assessment.updated_ms = assessment.created_ms;
  }
  const auto number = TRY(experiment_number(experiment.id));
  return db_.write([&](sql::Tx& tx) -> Result<TraceInfo> {
    TRY(put_trace(tx, info, number, true));
    TRY(put_notes(tx, Notes::tags, info.id, tags));
    TRY(put_notes(tx, Notes::metadata, info.id, metadata));
    for (const auto& assessment : assessments) TRY(put_assessment(tx, assessment));
    return read_info(tx, info.id);
  });
}

Result<TraceInfo> Service::begin(const TraceInfo& given) {
  auto info = given;
  info.id = make_hex_id();
  info.state = "IN_PROGRESS";
  const auto experiment = TRY(active_experiment(info.experiment_id));
  info.tags[std::string(kTagArtifactLocation)] = artifact_location(experiment, info.id);
  const auto number = TRY(experiment_number(experiment.id));
  return db_.write([&](sql::Tx& tx) -> Result<TraceInfo> {
    TRY(put_trace(tx, info, number, true));
    TRY(put_notes(tx, Notes::tags, info.id, info.tags));
    TRY(put_notes(tx, Notes::metadata, info.id, info.metadata));
    return read_info(tx, info.id);
  });
}

Result<TraceInfo> Service::finish(std::string_view id, TimeMs end_ms, std::string_view state, const Words& metadata, const Words& tags) {
  return db_.write([&](sql::Tx& tx) -> Result<TraceInfo> {
    const auto row = TRY(get_trace(tx, id));
    TRY(tx.exec("UPDATE traces SET duration_ms = $1, state = $2 WHERE id = $3", end_ms - row.start_ms, state, id));
    TRY(put_notes(tx, Notes::tags, id, tags));
    TRY(put_notes(tx, Notes::metadata, id, metadata));
    return read_info(tx, id);
  });
}

Result<void> Service::set_tag(std::string_view id, std::string_view key, std::string_view value) {
  TRY(check_name(key));
  return db_.write([&](sql::Tx& tx) -> Result<void> {
    TRY(get_trace(tx, id));
    return put_notes(tx, Notes::tags, id, {{std::string(key), std::string(value)}});
  });
}

Result<void> Service::delete_tag(std::string_view id, std::string_view key) {
  return db_.write([&](sql::Tx& tx) -> Result<void> {
    TRY(tx.exec("DELETE FROM trace_tags WHERE trace_id = $1 AND key = $2", id, key));
    if (tx.changed_rows() == 0) return fail(Code::not_found, fmt::format("No trace tag with key '{:.80}' for trace with ID '{:.80}'", key, id));
    return {};
  });
}

Result<void> Service::link_to_run(const std::vector<std::string>& ids, std::string_view run_id) {
  if (ids.size() > kMaxLinks)
    return fail(Code::invalid, fmt::format("Cannot link more than {} traces to a run in a single request. Provided {} traces.", kMaxLinks, ids.size()));
  return db_.write([&](sql::Tx& tx) -> Result<void> {
    for (const auto& row : TRY(rows_of(tx, ids)))
      TRY(tx.exec("INSERT INTO trace_links (trace_id, kind, target) VALUES ($1, 'run', $2) ON CONFLICT DO NOTHING", row.id, run_id));
    return {};
  });
}

Result<void> Service::link_prompts(std::string_view id, const std::vector<std::string>& name_slash_version) {
  if (name_slash_version.size() > kMaxLinks)
    return fail(Code::invalid, fmt::format("Cannot link more than {} prompts to a trace in a single request.", kMaxLinks));
  return db_.write([&](sql::Tx& tx) -> Result<void> {
    TRY(get_trace(tx, id));
    for (const auto& prompt : name_slash_version)
      TRY(tx.exec("INSERT INTO trace_links (trace_id, kind, target) VALUES ($1, 'prompt', $2) ON CONFLICT DO NOTHING", id, prompt));
    return {};
  });
}

}  // namespace gyre::traces

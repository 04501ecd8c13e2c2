// Rows of traces, and how they become values. Inside traces/ only.
#pragma once

#include "storage/sql/lists.h"
#include "traces/traces.h"

namespace gyre::traces {

// Names that MLflow gives to what it keeps about traces.
constexpr std::string_view kTagName = "mlflow.traceName", kTagSpansLocation = "mlflow.trace.spansLocation", kTagArtifactLocation = "mlflow.artifactLocation",
                           kTagPrefixInSpan = "mlflow.traceTag.";
constexpr std::string_view kMetadataFinalized = "mlflow.trace.infoFinalized", kMetadataSizeStats = "mlflow.trace.sizeStats",
                           kMetadataSession = "mlflow.trace.session", kMetadataUser = "mlflow.trace.user", kMetadataTokens = "mlflow.trace.tokenUsage",
                           kMetadataRun = "mlflow.sourceRun";
constexpr std::string_view kAttributeType = "mlflow.spanType", kAttributeInputs = "mlflow.spanInputs", kAttributeOutputs = "mlflow.spanOutputs",
                           kAttributeTokens = "mlflow.chat.tokenUsage", kAttributeTrace = "mlflow.traceRequestId";

enum class Notes { tags, metadata };

struct TraceRow {
  std::string id;
  std::int64_t experiment_id;
  std::int64_t start_ms;
  std::optional<std::int64_t> duration_ms;
  std::string state;
  std::optional<std::string> client_request_id, request_preview, response_preview;
  bool finished;
};
constexpr std::string_view kTraceFields =
    "t.id, t.experiment_id, t.start_ms, t.duration_ms, t.state, t.client_request_id, t.request_preview, t.response_preview, t.finished";
constexpr std::size_t kTraceFieldCount = 9;

Result<std::int64_t> experiment_number(std::string_view id);
Result<std::optional<TraceRow>> find_trace(sql::Tx& tx, std::string_view id);
// `not_found`, in MLflow's words, when it is not there.
Result<TraceRow> get_trace(sql::Tx& tx, std::string_view id);
Result<std::vector<TraceInfo>> with_notes(sql::Tx& tx, const std::vector<TraceRow>& rows);
// The rows of those that are there, in the order of `ids`.
Result<std::vector<TraceRow>> rows_of(sql::Tx& tx, const std::vector<std::string>& ids);

Result<void> put_notes(sql::Tx& tx, Notes notes, std::string_view trace_id, const Words& words);
Result<void> put_assessment(sql::Tx& tx, const Assessment& assessment);
Result<std::vector<Assessment>> assessments_of(sql::Tx& tx, std::string_view condition, std::span<const sql::Value> args);

// At most `length` characters, as UTF-8 whatever came; a character is never cut. NUL, which PostgreSQL does not hold, goes.
std::string clipped(std::string_view text, std::size_t length);
std::string artifact_location(const tracking::Experiment& experiment, std::string_view trace_id);
// A name as MLflow takes it for a tag: 1 to 250 letters, digits and _-. :/, and no path that means another one.
Result<void> check_name(std::string_view key);

}  // namespace gyre::traces

// Traces and assessments as MLflow's messages, which are protobuf's JSON: times as texts, absent fields left out.
#pragma once

#include "api/mlflow/wire.h"
#include "traces/traces.h"

namespace gyre::mlflow {

void write(Writer& writer, const traces::TraceInfo& info);
void write_v2(Writer& writer, const traces::TraceInfo& info);
void write(Writer& writer, const traces::Assessment& assessment);
// {"trace_info": …, "spans": […]}; fails with `internal` when what is kept of a span cannot be read.
Result<void> write(Writer& writer, const traces::Trace& trace);

Result<traces::TraceInfo> read_trace_info(const json::Value& value);
Result<traces::Assessment> read_assessment(const json::Value& value);
// A value of an assessment's expectation: as it is, or as JSON in a text.
Result<json::Value> read_expectation(const json::Value& expectation);
// {"a": "b"}, or [{"key": "a", "value": "b"}] of the second version.
Result<traces::Words> read_words(const json::Value& value, std::string_view name);
std::string read_state(const json::Value& value);

}  // namespace gyre::mlflow

#include <cmath>

#include "api/mlflow/trace_wire.h"
#include "base/base64.h"

namespace gyre::mlflow {
namespace {

// protobuf's Timestamp: no fraction, or three digits.
std::string timestamp_text(TimeMs at_ms) {
  auto text = to_iso(at_ms);
  if (at_ms % kSecondMs == 0) text.replace(text.find('.'), 4, "");
  return text;
}

std::string duration_text(std::int64_t ms) {
  const auto sign = ms < 0 ? "-" : "";
  const auto whole = std::abs(ms / kSecondMs), rest = std::abs(ms % kSecondMs);
  return rest == 0 ? fmt::format("{}{}s", sign, whole) : fmt::format("{}{}.{:03}s", sign, whole, rest);
}

void write_words(Writer& writer, std::string_view name, const traces::Words& words) {
  if (words.empty()) return;
  writer.key(name);
  writer.begin_object();
  for (const auto& [key, value] : words) writer.field(key, value);
  writer.end_object();
}

void write_pairs(Writer& writer, std::string_view name, const traces::Words& words) {
  if (words.empty()) return;
  writer.key(name);
  writer.begin_array();
  for (const auto& [key, value] : words) {
    writer.begin_object();
    writer.field("key", key);
    writer.field("value", value);
    writer.end_object();
  }
  writer.end_array();
}

void write_maybe(Writer& writer, std::string_view name, const std::optional<std::string>& text) {
  if (text) writer.field(name, *text);
}

void write_attributes(Writer& writer, std::string_view name, const json::Object& attributes);

// OpenTelemetry's AnyValue.
void write_any(Writer& writer, const json::Value& value) {
  writer.begin_object();
  if (const auto* truth = value.if_bool()) {
    writer.field("bool_value", *truth);
  } else if (const auto* whole = value.if_int()) {
    writer.field("int_value", *whole);
  } else if (const auto* real = value.if_double()) {
    writer.field("double_value", *real);
  } else if (const auto* text = value.if_string()) {
    writer.field("string_value", *text);
  } else if (const auto* items = value.if_array()) {
    writer.key("array_value");
    writer.begin_object();
    if (!items->empty()) writer.key("values"), writer.begin_array();
    for (const auto& item : *items) write_any(writer, item);
    if (!items->empty()) writer.end_array();
    writer.end_object();
  } else if (const auto* members = value.if_object()) {
    writer.key("kvlist_value");
    writer.begin_object();
    write_attributes(writer, "values", *members);
    writer.end_object();
  }
  writer.end_object();
}

void write_attributes(Writer& writer, std::string_view name, const json::Object& attributes) {
  if (attributes.empty()) return;
  writer.key(name);
  writer.begin_array();
  for (const auto& [key, value] : attributes) {
    writer.begin_object();
    writer.field("key", key);
    writer.key("value");
    write_any(writer, value);
    writer.end_object();
  }
  writer.end_array();
}

std::string id_text(std::string_view id) { return base64(from_hex(id.starts_with("tr-") ? id.substr(3) : id).value_or("")); }

void write_events(Writer& writer, const std::vector<traces::SpanEvent>& events) {
  if (events.empty()) return;
  writer.key("events");
  writer.begin_array();
  for (const auto& event : events) {
    writer.begin_object();
    writer.field("time_unix_nano", event.at_ns);
    writer.field("name", event.name);
    write_attributes(writer, "attributes", event.attributes);
    writer.end_object();
  }
  writer.end_array();
}

void write_links(Writer& writer, const std::vector<traces::SpanLink>& links) {
  if (links.empty()) return;
  writer.key("links");
  writer.begin_array();
  for (const auto& link : links) {
    writer.begin_object();
    writer.field("trace_id", id_text(link.trace_id));
    writer.field("span_id", id_text(link.span_id));
    write_attributes(writer, "attributes", link.attributes);
    writer.end_object();
  }
  writer.end_array();
}

// OpenTelemetry's Span, in the order of its fields.
void write_span(Writer& writer, const traces::Span& span) {
  writer.begin_object();
  writer.field("trace_id", id_text(span.trace_id));
  writer.field("span_id", id_text(span.span_id));
  if (!span.parent_id.empty()) writer.field("parent_span_id", id_text(span.parent_id));
  writer.field("name", span.name);
  writer.field("start_time_unix_nano", span.start_ns);
  if (span.end_ns) writer.field("end_time_unix_nano", *span.end_ns);
  write_attributes(writer, "attributes", span.attributes);
  write_events(writer, span.events);
  write_links(writer, span.links);
  writer.key("status");
  writer.begin_object();
  if (!span.status_message.empty()) writer.field("message", span.status_message);
  if (span.status != "UNSET") writer.field("code", "STATUS_CODE_" + span.status);
  writer.end_object();
  writer.end_object();
}

void write_expectation(Writer& writer, const json::Value& value) {
  writer.key("expectation");
  writer.begin_object();
  if (value.if_object() || value.if_array()) {
    writer.key("serialized_value");
    writer.begin_object();
    writer.field("serialization_format", "JSON_FORMAT");
    writer.field("value", json::to_text(value));
    writer.end_object();
  } else {
    writer.field("value", value);
  }
  writer.end_object();
}

void write_feedback(Writer& writer, const traces::Assessment& assessment) {
  writer.key("feedback");
  writer.begin_object();
  writer.field("value", assessment.value);
  if (assessment.error) writer.field("error", *assessment.error);
  writer.end_object();
}

}  // namespace

void write(Writer& writer, const traces::Assessment& assessment) {
  writer.begin_object();
  writer.field("assessment_id", assessment.id);
  writer.field("assessment_name", assessment.name);
  writer.field("trace_id", assessment.trace_id);
  write_maybe(writer, "span_id", assessment.span_id);
  writer.key("source");
  writer.begin_object();
  writer.field("source_type", assessment.source_type);
  if (!assessment.source_id.empty()) writer.field("source_id", assessment.source_id);
  writer.end_object();
  writer.field("create_time", timestamp_text(assessment.created_ms));
  writer.field("last_update_time", timestamp_text(assessment.updated_ms));
  if (assessment.kind == "feedback") write_feedback(writer, assessment);
  if (assessment.kind == "expectation") write_expectation(writer, assessment.value);
  write_maybe(writer, "rationale", assessment.rationale);
  write_words(writer, "metadata", assessment.metadata.value_or(traces::Words()));
  write_maybe(writer, "overrides", assessment.overrides);
  writer.field("valid", assessment.valid);
  if (assessment.kind == "issue") writer.field("issue", json::Value(json::Object{{"issue_name", assessment.value}}));
  writer.end_object();
}

void write(Writer& writer, const traces::TraceInfo& info) {
  writer.begin_object();
  writer.field("trace_id", info.id);
  write_maybe(writer, "client_request_id", info.client_request_id);
  writer.key("trace_location");
  writer.raw(fmt::format(R"({{"type":"MLFLOW_EXPERIMENT","mlflow_experiment":{{"experiment_id":"{}"}}}})", info.experiment_id));
  writer.field("request_time", timestamp_text(info.start_ms));
  if (info.duration_ms) writer.field("execution_duration", duration_text(*info.duration_ms));
  writer.field("state", info.state);
  write_words(writer, "trace_metadata", info.metadata);
  if (!info.assessments.empty()) {
    writer.key("assessments");
    writer.begin_array();
    for (const auto& assessment : info.assessments) write(writer, assessment);
    writer.end_array();
  }
  write_words(writer, "tags", info.tags);
  write_maybe(writer, "request_preview", info.request_preview);
  write_maybe(writer, "response_preview", info.response_preview);
  writer.end_object();
}

void write_v2(Writer& writer, const traces::TraceInfo& info) {
  writer.begin_object();
  writer.field("request_id", info.id);
  writer.field("experiment_id", info.experiment_id);
  writer.field("timestamp_ms", info.start_ms);
  writer.field("execution_time_ms", info.duration_ms.value_or(0));
  writer.field("status", info.state == "STATE_UNSPECIFIED" ? std::string("TRACE_STATUS_UNSPECIFIED") : info.state);
  write_pairs(writer, "request_metadata", info.metadata);
  write_pairs(writer, "tags", info.tags);
  writer.end_object();
}

Result<void> write(Writer& writer, const traces::Trace& trace) {
  writer.begin_object();
  writer.key("trace_info");
  write(writer, trace.info);
  if (!trace.spans.empty()) {
    writer.key("spans");
    writer.begin_array();
    for (const auto& content : trace.spans) write_span(writer, TRY(traces::from_content(content)));
    writer.end_array();
  }
  writer.end_object();
  return {};
}

}  // namespace gyre::mlflow

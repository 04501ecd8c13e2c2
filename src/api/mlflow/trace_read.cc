#include <charconv>

#include "api/mlflow/trace_wire.h"

namespace gyre::mlflow {
namespace {

std::optional<std::string> maybe_text(const json::Value& value) { return value.is_null() ? std::nullopt : std::optional(plain_text(value)); }

Result<TimeMs> read_time(const json::Value& value, std::string_view name) {
  const auto* text = value.if_string();
  if (!text) return value.is_null() ? Result<TimeMs>(0) : wrong_type(value, name);
  const auto at_ms = from_iso(*text);
  if (!at_ms) return fail(Code::invalid, fmt::format("Invalid value \"{:.80}\" for parameter '{}' supplied: {}", *text, name, at_ms.error().message));
  return *at_ms;
}

// "1.5s", protobuf's Duration.
Result<std::optional<std::int64_t>> read_duration(const json::Value& value, std::string_view name) {
  if (value.is_null()) return std::nullopt;
  const auto* text = value.if_string();
  if (!text) return wrong_type(value, name);
  double seconds = 0;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), seconds);
  constexpr double kLongest = 3.2e11;  // ten thousand years
  if (error != std::errc() || std::string_view(end, static_cast<std::size_t>(text->data() + text->size() - end)) != "s" || std::abs(seconds) > kLongest) {
    return fail(Code::invalid, fmt::format("Invalid value \"{:.80}\" for parameter '{}' supplied: expected seconds, as 1.5s", *text, name));
  }
  return std::llround(seconds * static_cast<double>(kSecondMs));
}

Result<void> read_value(const json::Value& value, traces::Assessment& out) {
  if (const auto& feedback = value["feedback"]; !feedback.is_null()) {
    out.kind = "feedback";
    out.value = feedback["value"];
    if (const auto* error = feedback.find("error"); error && error->if_object()) out.error = *error;
  } else if (const auto& expectation = value["expectation"]; !expectation.is_null()) {
    out.kind = "expectation";
    out.value = TRY(read_expectation(expectation));
  } else if (const auto& issue = value["issue"]; !issue.is_null()) {
    out.kind = "issue";
    out.value = issue["issue_name"];
  } else {
    return fail(Code::invalid, "Unknown assessment type: None");
  }
  return {};
}

}  // namespace

std::string read_state(const json::Value& value) {
  constexpr std::string_view kNames[] = {"STATE_UNSPECIFIED", "OK", "ERROR", "IN_PROGRESS"};
  if (const auto* number = value.if_int(); number && *number >= 0 && *number < 4) return std::string(kNames[*number]);
  const auto name = plain_text(value);
  return name.empty() || name == "TRACE_STATUS_UNSPECIFIED" ? "STATE_UNSPECIFIED" : name;
}

Result<traces::Words> read_words(const json::Value& value, std::string_view name) {
  traces::Words words;
  if (const auto* members = value.if_object()) {
    for (const auto& [key, word] : *members) words[key] = plain_text(word);
  } else if (const auto* pairs = value.if_array()) {
    for (const auto& pair : *pairs) {
      if (!pair["key"].if_string()) return wrong_type(pair, name);
      words[*pair["key"].if_string()] = plain_text(pair["value"]);
    }
  } else if (!value.is_null()) {
    return wrong_type(value, name);
  }
  return words;
}

Result<json::Value> read_expectation(const json::Value& expectation) {
  const auto* serialized = expectation.find("serialized_value");
  if (!serialized) return expectation["value"];
  auto value = json::parse((*serialized)["value"].string_or(""));
  if (!value) return fail(Code::invalid, "Invalid value for parameter 'expectation.serialized_value' supplied: it is no JSON", value.error().message);
  return std::move(*value);
}

Result<traces::Assessment> read_assessment(const json::Value& value) {
  if (!value.if_object()) return value.is_null() ? missing("assessment") : wrong_type(value, "assessment");
  traces::Assessment out{.name = plain_text(value["assessment_name"])};
  TRY(read_value(value, out));
  const auto& source = value["source"];
  out.source_type = source["source_type"].is_null() ? "SOURCE_TYPE_UNSPECIFIED" : plain_text(source["source_type"]);
  out.source_id = plain_text(source["source_id"]);
  out.created_ms = TRY(read_time(value["create_time"], "assessment.create_time"));
  out.updated_ms = TRY(read_time(value["last_update_time"], "assessment.last_update_time"));
  out.span_id = maybe_text(value["span_id"]);
  out.rationale = maybe_text(value["rationale"]);
  out.overrides = maybe_text(value["overrides"]);
  if (const auto* valid = value["valid"].if_bool()) out.valid = *valid;
  if (!value["metadata"].is_null()) out.metadata = TRY(read_words(value["metadata"], "assessment.metadata"));
  if (out.metadata && out.metadata->contains("mlflow.assessment.sourceRunId")) out.run_id = out.metadata->at("mlflow.assessment.sourceRunId");
  return out;
}

Result<traces::TraceInfo> read_trace_info(const json::Value& value) {
  if (!value.if_object()) return value.is_null() ? missing("trace.trace_info") : wrong_type(value, "trace.trace_info");
  traces::TraceInfo info{.id = plain_text(value["trace_id"]), .experiment_id = plain_text(value["trace_location"]["mlflow_experiment"]["experiment_id"])};
  if (info.experiment_id.empty()) return missing("trace.trace_info.trace_location.mlflow_experiment.experiment_id");
  info.start_ms = TRY(read_time(value["request_time"], "trace.trace_info.request_time"));
  info.duration_ms = TRY(read_duration(value["execution_duration"], "trace.trace_info.execution_duration"));
  info.state = read_state(value["state"]);
  info.client_request_id = maybe_text(value["client_request_id"]);
  info.request_preview = maybe_text(value["request_preview"]);
  info.response_preview = maybe_text(value["response_preview"]);
  info.metadata = TRY(read_words(value["trace_metadata"], "trace.trace_info.trace_metadata"));
  info.tags = TRY(read_words(value["tags"], "trace.trace_info.tags"));
  if (const auto* assessments = value["assessments"].if_array()) {
    for (const auto& assessment : *assessments) {
      info.assessments.push_back(TRY(read_assessment(assessment)));
      info.assessments.back().id = plain_text(assessment["assessment_id"]);
    }
  }
  return info;
}

}  // namespace gyre::mlflow

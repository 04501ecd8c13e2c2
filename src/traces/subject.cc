#include "traces/subject.h"

#include <fmt/format.h>

#include <optional>

#include "traces/store.h"

namespace gyre::traces {
namespace {

using Kind = Subject::Kind;

Result<Subject> attribute(std::string_view given, std::size_t column) {
  const auto name = lower(given);
  const auto text = [&](std::string sql) { return Subject{Kind::text, std::move(sql), "", name, column}; };
  const auto number = [&](std::string sql) { return Subject{Kind::number, std::move(sql), "", name, column}; };
  if (name == "request_id" || name == "trace_id") return text("t.id");
  if (name == "status" || name == "state") return text("t.state");
  if (name == "client_request_id") return text("t.client_request_id");
  if (name == "timestamp" || name == "timestamp_ms") return number("t.start_ms");
  if (name == "execution_time" || name == "execution_time_ms") return number("t.duration_ms");
  if (name == "end_time" || name == "end_time_ms") return number("(t.start_ms + COALESCE(t.duration_ms, 0))");
  if (name == "name") return Subject{Kind::tag, "", std::string(kTagName), "name", column};
  if (name == "run_id") return Subject{Kind::run, "", std::string(kMetadataRun), "run_id", column};
  if (name == "prompt") return Subject{Kind::prompt, "", "", "prompt", column};
  if (name == "text") return Subject{Kind::span_content, "s.content", "", "span.content", column};
  return fail_at(column, fmt::format("Invalid attribute key '{:.80}' specified. Valid keys are '{{'client_request_id', 'end_time', 'end_time_ms', "
                                     "'execution_time', 'execution_time_ms', 'name', 'prompt', "
                                     "'request_id', 'run_id', 'status', 'text', 'timestamp', 'timestamp_ms'}}'",
                                     given));
}

Result<Subject> of_span(std::string_view key, std::size_t column) {
  constexpr std::string_view kAttributes = "attributes.";
  if (key == "name" || key == "type" || key == "status") return Subject{Kind::span, fmt::format("s.{}", key), "", fmt::format("span.{}", key), column};
  if (key == "content") return Subject{Kind::span_content, "s.content", "", "span.content", column};
  if (key == "attributes" || key == kAttributes) return fail_at(column, "Span attribute name cannot be empty after 'attributes.'");
  if (key.starts_with(kAttributes)) return Subject{Kind::span_attribute, "", std::string(key.substr(kAttributes.size())), fmt::format("span.{}", key), column};
  return fail_at(column, fmt::format("Invalid span attribute '{:.80}'. Supported attributes: name, status, type, attributes.<attribute_name>.", key));
}

}  // namespace

Result<Subject> subject_of(std::string_view entity, std::string_view key, std::size_t column) {
  const auto name = lower(entity);
  if (name.empty() || name == "attribute" || name == "attributes" || name == "trace") return attribute(key, column);
  if (name == "tag" || name == "tags") return Subject{Kind::tag, "", std::string(key), "tag", column};
  if (name == "metadata" || name == "request_metadata") return Subject{Kind::metadata, "", std::string(key), "request_metadata", column};
  if (name == "span") return of_span(key, column);
  if (name == "feedback" || name == "expectation") return Subject{Kind::assessment, "", std::string(key), name, column};
  if (name == "issue" && key == "id") return Subject{Kind::issue, "", "", "issue", column};
  if (name == "issue") return fail_at(column, fmt::format("Invalid issue attribute '{:.80}'. Supported attributes: id", key));
  return fail_at(column, fmt::format("Invalid entity type '{:.80}'. Valid values are {{'attribute', 'attributes', 'expectation', 'feedback', 'issue', "
                                     "'metadata', 'request_metadata', 'span', 'tag', 'tags', 'trace'}}",
                                     entity));
}

}  // namespace gyre::traces

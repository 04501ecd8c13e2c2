// /api/3.0/mlflow/traces/{id}/assessments
#include <set>

#include "api/mlflow/trace_wire.h"
#include "api/mlflow/traces.h"

namespace gyre::mlflow {
namespace {

net::Response assessment_reply(const traces::Assessment& assessment) {
  Writer writer;
  writer.begin_object();
  writer.key("assessment");
  write(writer, assessment);
  writer.end_object();
  return reply(writer);
}

Result<net::Response> create(traces::Service& traces, const net::Request& request) {
  auto assessment = TRY(read_assessment(TRY(Args::of(request)).value()["assessment"]));
  assessment.trace_id = request.parameter("trace_id");
  return assessment_reply(TRY(traces.assess(std::move(assessment))));
}

Result<net::Response> get(traces::Service& traces, const net::Request& request) {
  return assessment_reply(TRY(traces.assessment(request.parameter("trace_id"), request.parameter("assessment_id"))));
}

// A FieldMask: "assessmentName,feedback", or {"paths": ["assessment_name"]}. Names come without their underscores.
std::set<std::string> masked(const json::Value& mask) {
  std::set<std::string> fields;
  const auto add = [&](std::string name) {
    std::erase(name, '_');
    std::erase(name, ' ');
    for (auto& c : name) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    if (!name.empty()) fields.insert(std::move(name));
  };
  if (const auto* paths = mask["paths"].if_array()) {
    for (const auto& path : *paths) add(plain_text(path));
  }
  for (std::string_view rest = mask.if_string() ? *mask.if_string() : std::string_view(); !rest.empty();) {
    const auto end = std::min(rest.find(','), rest.size());
    add(std::string(rest.substr(0, end)));
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return fields;
}

Result<traces::AssessmentUpdate> read_update(const json::Value& value, const std::set<std::string>& fields) {
  traces::AssessmentUpdate update;
  if (fields.contains("assessmentname")) update.name = plain_text(value["assessment_name"]);
  if (fields.contains("rationale")) update.rationale = plain_text(value["rationale"]);
  if (fields.contains("expectation")) update.expectation = TRY(read_expectation(value["expectation"]));
  if (fields.contains("feedback")) {
    update.feedback = value["feedback"]["value"];
    if (const auto& error = value["feedback"]["error"]; error.if_object()) update.error = error;
  }
  if (fields.contains("metadata")) update.metadata = TRY(read_words(value["metadata"], "assessment.metadata"));
  if (fields.contains("valid")) update.valid = value["valid"].bool_or(true);
  return update;
}

Result<net::Response> update(traces::Service& traces, const net::Request& request) {
  const auto args = TRY(Args::of(request));
  for (const std::string_view name : {"assessment", "update_mask"}) {
    if (args.value()[name].is_null())
      return fail(Code::invalid,
                  fmt::format("Missing value for required parameter '{}'. See the API docs for more information about request parameters.", name));
  }
  const auto change = TRY(read_update(args.value()["assessment"], masked(args.value()["update_mask"])));
  return assessment_reply(TRY(traces.update_assessment(request.parameter("trace_id"), request.parameter("assessment_id"), change)));
}

Result<net::Response> remove(traces::Service& traces, const net::Request& request) {
  TRY(traces.delete_assessment(request.parameter("trace_id"), request.parameter("assessment_id")));
  return empty_reply();
}

}  // namespace

void add_assessment_routes(net::Router& router, traces::Service& traces) {
  const auto route = [&](std::string_view method, std::string_view path, Result<net::Response> (*handler)(traces::Service&, const net::Request&)) {
    add_versioned(router, 3, method, path, std::bind_front(handler, std::ref(traces)));
  };
  route("POST", "/traces/:trace_id/assessments", create);
  route("GET", "/traces/:trace_id/assessments/:assessment_id", get);
  route("PATCH", "/traces/:trace_id/assessments/:assessment_id", update);
  route("DELETE", "/traces/:trace_id/assessments/:assessment_id", remove);
}

}  // namespace gyre::mlflow

#include "api/otlp/routes.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "api/otlp/decode.h"
#include "base/case.h"
#include "base/disk.h"

namespace gyre::otlp {
namespace {

constexpr std::size_t kMaxBodyBytes = 64 << 20;  // packed or not

net::Response detail(int status, std::string_view text) {
  json::Writer writer;
  writer.begin_object();
  writer.field("detail", text);
  writer.end_object();
  return net::json_response(writer.take(), status);
}

// What the request itself does wrong is told as MLflow's server tells it, by {"detail": …}; what the store refuses, by MLflow's codes.
net::Response refusal(const Error& error) {
  if (error.detail == kUnconvertible) return detail(422, "Cannot convert OpenTelemetry span to MLflow span");
  return detail(400, error.message);
}

net::Response to_response(const Error& error, const net::Request&) {
  struct Words {
    int status;
    std::string_view code;
  };
  const auto [status, code] = error.code == Code::not_found     ? Words{404, "RESOURCE_DOES_NOT_EXIST"}
                              : error.code == Code::invalid     ? Words{400, "INVALID_PARAMETER_VALUE"}
                              : error.code == Code::exhausted   ? Words{429, "REQUEST_LIMIT_EXCEEDED"}
                              : error.code == Code::unavailable ? (is_disk_full(error) ? Words{507, "INTERNAL_ERROR"} : Words{503, "TEMPORARILY_UNAVAILABLE"})
                                                                : Words{500, "INTERNAL_ERROR"};
  json::Writer writer;
  writer.begin_object();
  writer.field("error_code", code);
  writer.field("message", error.fix.empty() ? error.message : error.message + " (" + error.fix + ")");
  writer.end_object();
  return net::json_response(writer.take(), status);
}

net::Response no_experiment() {
  return net::json_response(R"({"detail":[{"type":"missing","loc":["header","x-mlflow-experiment-id"],"msg":"Field required","input":null}]})", 422);
}

// A client's failure to link is no reason to send the spans again.
void link(traces::Service& traces, const std::vector<traces::Span>& spans, std::string_view run_id) {
  std::set<std::string> done;
  for (const auto& span : spans) {
    if (span.parent_id.empty()) done.insert(span.trace_id);
  }
  std::vector<std::string> ids(done.begin(), done.end());
  for (std::size_t from = 0; from < ids.size(); from += traces::kMaxLinks) {
    (void)traces.link_to_run(
        {ids.begin() + static_cast<std::ptrdiff_t>(from), ids.begin() + static_cast<std::ptrdiff_t>(std::min(ids.size(), from + traces::kMaxLinks))}, run_id);
  }
}

Result<net::Response> export_spans(traces::Service& traces, const net::Request& request) {
  const auto experiment = request.header("x-mlflow-experiment-id");
  if (!experiment) return no_experiment();
  const auto given = request.header("Content-Type");
  const auto type = given ? lower(given->substr(0, given->find(';'))) : "";
  const bool json = type.starts_with("application/json");
  if (!json && !type.starts_with("application/x-protobuf")) {
    return detail(400, fmt::format("Invalid Content-Type: {:.80}. Expected: application/x-protobuf or application/json", given.value_or("None")));
  }
  const auto decoded = json ? decode_json(request.body) : decode_protobuf(request.body);
  if (!decoded) return refusal(decoded.error());
  if (!decoded->has_resources) return detail(400, "Invalid OpenTelemetry format - no spans found");
  TRY(traces.log_spans(*experiment, decoded->spans));
  if (const auto run = request.header("x-mlflow-run-id")) link(traces, decoded->spans, *run);
  net::Response response;
  response.content_type = "application/x-protobuf";
  response.body = std::string();
  return response;
}

}  // namespace

void add_routes(net::Router& router, traces::Service& traces) {
  router.add("POST", "/v1/traces", std::bind_front(export_spans, std::ref(traces)), to_response, {.max_body_bytes = kMaxBodyBytes});
}

}  // namespace gyre::otlp

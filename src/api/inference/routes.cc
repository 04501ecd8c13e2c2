#include "api/inference/routes.h"

#include <fmt/format.h>

#include "api/inference/decode.h"
#include "api/inference/encode.h"
#include "base/clock.h"

namespace gyre::inference {
namespace {

using serving::Refusal;
using Protocol = Decoded (*)(std::string_view, const Wanted&, std::string&);

constexpr std::size_t kMaxBodyBytes = 64 << 20;

int status_for(Code code) {
  switch (code) {
    case Code::invalid: return 422;
    case Code::not_found: return 404;
    case Code::exhausted: return 413;
    case Code::unavailable: return 503;
    default: return 500;
  }
}

// MLflow's shape of an error, with the rows and columns that are at fault; Open Inference clients read "error".
net::Response refusal_response(const Refusal& refusal) {
  json::Writer writer;
  writer.begin_object();
  writer.field("error_code", refusal.error.code == Code::not_found ? "RESOURCE_DOES_NOT_EXIST" : refusal.error.code == Code::invalid ? "BAD_REQUEST" : "TEMPORARILY_UNAVAILABLE");
  writer.field("message", refusal.error.message);
  writer.field("error", refusal.error.message);
  writer.field("reason", refusal.reason);
  writer.field("fix", refusal.error.fix);
  writer.key("details");
  writer.begin_array();
  for (const auto& cell : refusal.cells) {
    writer.begin_object();
    writer.field("row", static_cast<std::int64_t>(cell.row));
    writer.field("column", cell.column);
    writer.field("value", cell.value);
    writer.end_object();
  }
  writer.end_array();
  writer.end_object();
  return net::json_response(writer.take(), status_for(refusal.error.code));
}

net::Response to_response(const Error& error, const net::Request&) { return refusal_response({error, std::string(to_string(error.code)), {}}); }

Decoded decode_mlflow_call(std::string_view body, const Wanted& wanted, std::string&) { return decode_mlflow(body, wanted); }

net::Response answer(serving::Service& serving, std::string_view endpoint, const net::Request& request, Protocol decode_body, bool oip) {
  const auto ticket = serving.admit(endpoint, {request.request_id, std::string(request.header("X-Sticky-Key").value_or(""))});
  if (!ticket) return refusal_response({ticket.error(), "not ready", {}});
  const auto started_ns = monotonic_ns();
  std::string id;
  auto batch = decode_body(request.body, {ticket->signature(), ticket->id_column()}, id);
  const auto parse_ns = monotonic_ns() - started_ns;
  if (!batch) {
    serving.count_refusal(endpoint, batch.error(), 0);
    return refusal_response(batch.error());
  }
  const auto scored = serving.score(*ticket, std::move(*batch));
  if (!scored) return refusal_response(scored.error());
  const auto encode_started_ns = monotonic_ns();
  auto response = net::json_response(oip ? encode_oip(endpoint, id, *scored) : encode_mlflow(*scored));
  serving.count_stage(endpoint, parse_ns, monotonic_ns() - encode_started_ns);
  response.headers.emplace("X-Model-Version", std::to_string(scored->version));
  return response;
}

std::string_view endpoint_of(const net::Request& request) {
  const auto endpoint = request.parameter("endpoint");
  return endpoint.empty() ? request.parameter("model") : endpoint;
}

Result<net::Response> invocations(serving::Service& serving, const net::Request& request) { return answer(serving, endpoint_of(request), request, decode_mlflow_call, false); }

// Under a prefix the model's name in the path is the endpoint's own.
Result<net::Response> infer_v2(serving::Service& serving, const net::Request& request) { return answer(serving, endpoint_of(request), request, decode_oip, true); }

Result<net::Response> metadata_v2(serving::Service& serving, const net::Request& request) {
  const auto shape = TRY(serving.shape(endpoint_of(request)));
  json::Writer writer;
  writer.begin_object();
  writer.field("name", endpoint_of(request));
  writer.key("versions");
  writer.begin_array();
  writer.string(std::to_string(shape.version));
  writer.end_array();
  writer.field("platform", "onnxruntime_onnx");
  for (const auto& [name, ports] : {std::pair("inputs", &shape.signature.inputs), std::pair("outputs", &shape.signature.outputs)}) {
    writer.key(name);
    writer.begin_array();
    for (const auto& port : *ports) {
      writer.begin_object();
      writer.field("name", port.name);
      writer.field("datatype", infer::to_string(port.type));
      writer.key("shape");
      writer.begin_array();
      for (const auto extent : port.shape) writer.integer(extent);
      writer.end_array();
      writer.end_object();
    }
    writer.end_array();
  }
  writer.end_object();
  return net::json_response(writer.take());
}

Result<net::Response> ready_v2(serving::Service& serving, const net::Request& request) {
  TRY(serving.shape(endpoint_of(request)));
  return net::json_response(R"({"ready":true})");
}

Result<net::Response> live_v2(const net::Request&) { return net::json_response(R"({"live":true})"); }

Result<net::Response> server_v2(const net::Request&) { return net::json_response(R"({"name":"gyre","version":"2","extensions":[]})"); }

Result<net::Response> ping(serving::Service& serving, const net::Request& request) {
  TRY(serving.shape(endpoint_of(request)));
  return net::text_response("\n");
}

}  // namespace

void add_routes(net::Router& router, serving::Service& serving) {
  const auto is_quick = [&serving](const net::Request& request) { return serving.is_quick(endpoint_of(request)); };
  const auto route = [&](std::string_view method, const std::string& pattern, auto handler) {
    router.add(method, pattern, std::bind_front(handler, std::ref(serving)), to_response, {.max_body_bytes = kMaxBodyBytes, .is_quick = is_quick});
  };
  route("POST", "/endpoints/:endpoint/invocations", invocations);
  route("GET", "/endpoints/:endpoint/ping", ping);
  for (const std::string prefix : {"/endpoints/:endpoint/v2", "/v2"}) {
    router.add("GET", prefix, server_v2, to_response);
    router.add("GET", prefix + "/health/live", live_v2, to_response);
    router.add("GET", prefix + "/health/ready", live_v2, to_response);
    for (const auto& model : {prefix + "/models/:model", prefix + "/models/:model/versions/:version"}) {
      route("GET", model, metadata_v2);
      route("GET", model + "/ready", ready_v2);
      route("POST", model + "/infer", infer_v2);
    }
  }
}

}  // namespace gyre::inference

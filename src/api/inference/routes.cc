#include "api/inference/routes.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "api/inference/decode.h"
#include "api/inference/encode.h"

namespace gyre::inference {
namespace {

using serving::Refusal;

constexpr std::size_t kMaxBodyBytes = 64 << 20;

int status_for(Code code) {
  switch (code) {
    case Code::invalid:
      return 422;
    case Code::denied:
      return 403;
    case Code::conflict:
      return 409;
    case Code::not_found:
      return 404;
    case Code::exhausted:
      return 413;
    case Code::unavailable:
      return 503;
    default:
      return 500;
  }
}

std::string_view error_code(Code code) {
  switch (code) {
    case Code::invalid:
      return "BAD_REQUEST";
    case Code::not_found:
      return "RESOURCE_DOES_NOT_EXIST";
    case Code::exhausted:
      return "REQUEST_LIMIT_EXCEEDED";
    case Code::internal:
      return "INTERNAL_ERROR";
    default:
      return "TEMPORARILY_UNAVAILABLE";
  }
}

// MLflow's shape of an error, with the rows and columns that are at fault; Open Inference clients read "error".
net::Response refusal_response(const Refusal& refusal) {
  json::Writer writer;
  writer.begin_object();
  writer.field("error_code", error_code(refusal.error.code));
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
  return net::json_response(writer.take(), refusal.reason == "not JSON" ? 400 : status_for(refusal.error.code));
}

net::Response to_response(const Error& error, const net::Request&) { return refusal_response({error, std::string(to_string(error.code)), {}}); }

serving::CallInfo call_of(const net::Request& request) { return {request.request_id, std::string(request.header("X-Sticky-Key").value_or(""))}; }

// What both protocols do between their own ways to read and write. `encode(scored)` is a response.
template <class Encode>
net::Response score(serving::Service& serving, std::string_view endpoint, const serving::Ticket& ticket, Decoded batch, Encode encode) {
  if (!batch) {
    serving.count_refusal(endpoint, batch.error(), 0);
    return refusal_response(batch.error());
  }
  auto scored = serving.score(ticket, std::move(*batch));
  if (!scored) return refusal_response(scored.error());
  auto response = net::json_response(encode(*scored));
  response.headers.emplace("X-Model-Version", std::to_string(scored->version));
  return response;
}

std::string_view endpoint_of(const net::Request& request) {
  const auto endpoint = request.parameter("endpoint");
  return endpoint.empty() ? request.parameter("model") : endpoint;
}

Result<net::Response> invocations(serving::Service& serving, const net::Request& request) {
  const auto endpoint = endpoint_of(request);
  const auto ticket = TRY(serving.admit(endpoint, call_of(request)));
  bool dataframe = false;
  auto batch = decode_mlflow(request.body, {ticket.signature(), ticket.id_column()}, &dataframe);
  const auto form = dataframe ? Form::records : Form::tensors;
  return score(serving, endpoint, ticket, std::move(batch), [&](const serving::Scored& scored) { return encode_mlflow(scored, form); });
}

// "3" in /versions/3; 0 where the path names none.
Result<std::int64_t> version_of(const net::Request& request) {
  const auto text = request.parameter("version");
  std::int64_t version = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), version);
  if (!text.empty() && (error != std::errc() || end != text.data() + text.size() || version < 1))
    return fail(Code::not_found, fmt::format("'{:.40}' is no version", text));
  return version;
}

// Of the version that the path names, else of the one that its weights choose.
Result<serving::Ticket> ticket_for(serving::Service& serving, const net::Request& request) {
  auto call = call_of(request);
  call.version = TRY(version_of(request));
  return serving.admit(endpoint_of(request), std::move(call));
}

// With tensors as bytes behind the JSON, the header tells where the JSON ends.
Result<std::size_t> json_bytes_of(const net::Request& request) {
  const auto text = request.header("Inference-Header-Content-Length");
  if (!text) return request.body.size();
  std::size_t bytes = 0;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), bytes);
  if (error != std::errc() || end != text->data() + text->size()) return fail(Code::invalid, "Inference-Header-Content-Length must be a whole number");
  return bytes;
}

// The outputs that were asked for, in that order.
void keep_outputs(serving::Scored& scored, const std::vector<std::string>& asked) {
  if (asked.empty()) return;
  std::vector<infer::Tensor> kept;
  for (const auto& name : asked) {
    const auto found = std::ranges::find(scored.outputs, name, &infer::Tensor::name);
    if (found != scored.outputs.end()) kept.push_back(*found);
  }
  scored.outputs = std::move(kept);
}

// Under a prefix the model's name in the path is the endpoint's own.
Result<net::Response> infer_v2(serving::Service& serving, const net::Request& request) {
  const auto endpoint = endpoint_of(request);
  const auto ticket = TRY(ticket_for(serving, request));
  const auto json_bytes = TRY(json_bytes_of(request));
  OipRequest asked;
  auto batch = decode_oip(request.body, json_bytes, {ticket.signature(), ticket.id_column()}, asked);
  return score(serving, endpoint, ticket, std::move(batch), [&](serving::Scored& scored) {
    keep_outputs(scored, asked.outputs);
    return encode_oip(endpoint, asked.id, scored);
  });
}

Result<net::Response> metadata_v2(serving::Service& serving, const net::Request& request) {
  const auto ticket = TRY(ticket_for(serving, request));
  const auto& signature = ticket.signature();
  json::Writer writer;
  writer.begin_object();
  writer.field("name", endpoint_of(request));
  writer.key("versions");
  writer.begin_array();
  writer.string(std::to_string(ticket.version()));
  writer.end_array();
  writer.field("platform", "onnxruntime_onnx");
  for (const auto& [name, ports] : {std::pair("inputs", &signature.inputs), std::pair("outputs", &signature.outputs)}) {
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
  TRY(ticket_for(serving, request));
  json::Writer writer;
  writer.begin_object();
  writer.field("name", endpoint_of(request));
  writer.field("ready", true);
  writer.end_object();
  return net::json_response(writer.take());
}

// Whether the endpoint answers; without a name, whether all do that are deployed.
Result<void> can_answer(serving::Service& serving, std::string_view endpoint) {
  if (!endpoint.empty()) {
    TRY(serving.shape(endpoint));
    return {};
  }
  for (const auto& one : TRY(serving.list())) {
    if (one.revision) TRY(serving.shape(one.name));
  }
  return {};
}

Result<net::Response> ready_server_v2(serving::Service& serving, const net::Request& request) {
  const auto outcome = can_answer(serving, endpoint_of(request));
  if (!outcome && outcome.error().code == Code::not_found) return std::unexpected(outcome.error());
  json::Writer writer;
  writer.begin_object();
  writer.field("ready", outcome.has_value());
  if (!outcome) writer.field("error", outcome.error().message);
  writer.end_object();
  return net::json_response(writer.take(), outcome ? 200 : 503);
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
    route("GET", prefix + "/health/ready", ready_server_v2);
    for (const auto& model : {prefix + "/models/:model", prefix + "/models/:model/versions/:version"}) {
      route("GET", model, metadata_v2);
      route("GET", model + "/ready", ready_v2);
      route("POST", model + "/infer", infer_v2);
    }
  }
}

}  // namespace gyre::inference

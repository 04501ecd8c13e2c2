#include "api/operations/routes.h"

#include "base/json_writer.h"
#include "base/log.h"

namespace gyre::operations {
namespace {

constexpr std::string_view kExpositionType = "text/plain; version=0.0.4; charset=utf-8";

net::Response to_response(const Error& error, const net::Request&) {
  return net::text_response(error.message + "\n", error.code == Code::internal ? 500 : 503);
}

Result<net::Response> health(const net::Request&) { return net::text_response("OK"); }

// The version of MLflow whose protocol is spoken: its clients ask which one they talk to, and send spans only to 3.4 or later.
constexpr std::string_view kMlflowVersion = "3.17.2";

bool is_mlflow_client(const net::Request& request) {
  return request.header("X-MLflow-Client-Version") || request.header("User-Agent").value_or("").starts_with("mlflow-");
}

// Plain, as a version is compared.
Result<net::Response> version(const Sources& sources, const net::Request& request) {
  return net::text_response(is_mlflow_client(request) ? std::string(kMlflowVersion) : sources.version);
}

struct Check {
  std::string_view name;
  Result<void> outcome;
};

std::vector<Check> check(const Sources& sources) {
  const auto store = [&]() -> Result<void> {
    TRY(sources.blobs.list("", "", 1));
    return {};
  };
  return {{"database", sources.db.read([](sql::Tx& tx) { return tx.exec("SELECT 1"); })}, {"store", store()}};
}

Result<net::Response> ready(const Sources& sources, const net::Request&) {
  bool all = true;
  json::Writer writer;
  writer.begin_object();
  writer.key("checks");
  writer.begin_object();
  for (const auto& [name, outcome] : check(sources)) {
    all = all && outcome.has_value();
    writer.field(name, outcome ? "ok" : outcome.error().message);
    if (!outcome) log::report(log::Level::warn, "the server is not ready", outcome.error());
  }
  writer.end_object();
  writer.field("ready", all);
  writer.end_object();
  return net::json_response(writer.take(), all ? 200 : 503);
}

Result<net::Response> metrics(const Sources& sources, const net::Request&) {
  auto response = net::text_response(TRY(exposition(sources)));
  response.content_type = kExpositionType;
  return response;
}

}  // namespace

void add_routes(net::Router& router, const Sources& sources) {
  router.add("GET", "/health", health, to_response);
  router.add("GET", "/ready", std::bind_front(ready, std::cref(sources)), to_response);
  router.add("GET", "/version", std::bind_front(version, std::cref(sources)), to_response);
  router.add("GET", "/metrics", std::bind_front(metrics, std::cref(sources)), to_response);
}

}  // namespace gyre::operations

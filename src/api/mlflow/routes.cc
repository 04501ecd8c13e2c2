#include "api/mlflow/routes.h"

#include <fmt/format.h>

namespace gyre::mlflow {
namespace {

constexpr std::size_t kMaxBodyBytes = 32 << 20;  // log-batch with 1,000 long values, log-inputs with wide schemas

// An unknown call must say ENDPOINT_NOT_FOUND: clients fall back to an older one on it.
Result<net::Response> no_such_endpoint(const net::Request& request) {
  json::Writer writer;
  writer.begin_object();
  writer.field("error_code", "ENDPOINT_NOT_FOUND");
  writer.field("message", fmt::format("there is no endpoint {} {}", request.method, request.path));
  writer.end_object();
  return net::json_response(writer.take(), 404);
}

}  // namespace

void add(net::Router& router, std::string_view method, std::string_view path, net::Handler handler) {
  for (const char* prefix : {"/api/2.0/mlflow", "/ajax-api/2.0/mlflow"}) {
    router.add(method, fmt::format("{}{}", prefix, path), handler, to_response, {.max_body_bytes = kMaxBodyBytes});
  }
}

void add_routes(net::Router& router, tracking::Service& tracking, registry::Service& registry, const ArtifactRooms& artifacts) {
  add_experiment_routes(router, tracking);
  add_run_routes(router, tracking);
  add_logging_routes(router, tracking);
  add_history_routes(router, tracking);
  add_input_routes(router, tracking);
  add_logged_model_routes(router, tracking);
  add_artifact_routes(router, artifacts);
  add_file_routes(router, tracking, registry, artifacts.blobs);
  add_registry_routes(router, registry);
  add_server_routes(router);
  add_graphql_route(router);
  add_absent_routes(router);
  for (const char* prefix : {"/api/2.0/*rest", "/api/3.0/*rest", "/ajax-api/2.0/*rest", "/ajax-api/3.0/*rest"}) {
    for (const char* method : {"GET", "POST", "PUT", "PATCH", "DELETE"}) router.add(method, prefix, no_such_endpoint, to_response);
  }
}

}  // namespace gyre::mlflow

#include "api/rest/routes.h"

#include <fmt/format.h>

#include "api/rest/one_project.h"

namespace gyre::rest {
namespace {

// What there is under /api/v1; bodies and answers are described in api/openapi.
net::Response index_of(const net::Router& router, const Rooms& rooms) {
  json::Writer writer;
  writer.begin_object();
  writer.field("name", "gyre");
  writer.field("version", rooms.version);
  writer.key("routes");
  writer.begin_array();
  for (const auto& route : router.routes()) {
    if (route.contains(" /api/v1/")) writer.string(route);
  }
  writer.end_array();
  writer.end_object();
  return net::json_response(writer.take());
}

}  // namespace

void add(net::Router& router, const Rooms& rooms, std::string_view method, std::string_view path, Handler handler, net::RouteOptions options) {
  auto handle = [&rooms, handler](const net::Request& request) -> Result<net::Response> {
    TRY(check_project(request));
    return handler(rooms, request);
  };
  router.add(method, fmt::format("/api/v1{}", path), std::move(handle), to_response, options);
}

void add_routes(net::Router& router, const Rooms& rooms) {
  add_label_routes(router, rooms);
  add_event_routes(router, rooms);
  add_dataset_routes(router, rooms);
  add_pipeline_routes(router, rooms);
  add_tracking_routes(router, rooms);
  add_run_query_routes(router, rooms);
  add_series_routes(router, rooms);
  add_governance_routes(router, rooms);
  add_home_routes(router, rooms);
  add_project_routes(router, rooms);
  add_monitoring_routes(router, rooms);
  add_policy_routes(router, rooms);
  add_serving_routes(router, rooms);
  add_registry_routes(router, rooms);
  router.add("GET", "/api/v1", [index = index_of(router, rooms)](const net::Request&) -> Result<net::Response> { return index; }, to_response);
}

}  // namespace gyre::rest

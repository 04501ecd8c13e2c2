#include "api/rest/routes.h"

#include <fmt/format.h>

namespace gyre::rest {
namespace {

Result<void> check_project(const net::Request& request) {
  const auto named = request.query_text("project").value_or(request.parameter("project"));
  if (named.empty() || named == governance::kProject) return {};
  return fail(Code::not_found, fmt::format("There is no project '{:.80}'.", named), {}, "The one project is 'default'.");
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
  add_governance_routes(router, rooms);
  add_home_routes(router, rooms);
  add_project_routes(router, rooms);
  add_monitoring_routes(router, rooms);
  add_policy_routes(router, rooms);
  add_serving_routes(router, rooms);
  add_registry_routes(router, rooms);
}

}  // namespace gyre::rest

// Gyre's own REST, under /api/v1, in the shapes of api/openapi.
#pragma once

#include "governance/governance.h"
#include "net/hub.h"
#include "net/router.h"
#include "policy/policy.h"
#include "tracking/many_curves.h"

namespace gyre::rest {

// What a project file changed, by section.
struct Applied {
  std::vector<std::string> repositories, pipelines, endpoints, monitors, policies;
};
using ApplyProject = std::function<Result<Applied>(std::string_view text, const std::filesystem::path& folder, std::string_view actor)>;

// What the routes answer from. It and all that it names outlive the router.
struct Rooms {
  governance::Service& governance;
  tracking::Service& tracking;
  tracking::RunQueries& run_queries;
  tracking::ManyCurves& many_curves;
  registry::Service& registry;
  datasets::Service& datasets;
  pipelines::Service& pipelines;
  serving::Service& serving;
  monitoring::Service& monitoring;
  policy::Service& policy;
  blob::Store& blobs;
  const Clock& clock;
  std::string version;         // of this binary
  ApplyProject apply_project;  // the app's: only it knows all sections
};

void add_routes(net::Router& router, const Rooms& rooms);

void add_label_routes(net::Router& router, const Rooms& rooms);
void add_event_routes(net::Router& router, const Rooms& rooms);
void add_dataset_routes(net::Router& router, const Rooms& rooms);
void add_pipeline_routes(net::Router& router, const Rooms& rooms);
void add_tracking_routes(net::Router& router, const Rooms& rooms);
void add_run_query_routes(net::Router& router, const Rooms& rooms);
void add_series_routes(net::Router& router, const Rooms& rooms);
void add_governance_routes(net::Router& router, const Rooms& rooms);
void add_home_routes(net::Router& router, const Rooms& rooms);
void add_project_routes(net::Router& router, const Rooms& rooms);
void add_monitoring_routes(net::Router& router, const Rooms& rooms);
void add_policy_routes(net::Router& router, const Rooms& rooms);
void add_serving_routes(net::Router& router, const Rooms& rooms);
void add_registry_routes(net::Router& router, const Rooms& rooms);

constexpr std::size_t kMaxBodyBytes = 1 << 20;        // of a JSON body, where a route names no other bound
constexpr std::size_t kMaxLargeBodyBytes = 64 << 20;  // of labels and of commits with many paths

// `path` stands behind /api/v1. A request for a project that there is not is answered before the handler.
using Handler = Result<net::Response> (*)(const Rooms& rooms, const net::Request& request);
void add(net::Router& router, const Rooms& rooms, std::string_view method, std::string_view path, Handler handler,
         net::RouteOptions options = {.max_body_bytes = kMaxBodyBytes});

// The one place where a code becomes an HTTP status and the contract's ErrorBody.
int status_for(const Error& error);
net::Response to_response(const Error& error, const net::Request& request);

}  // namespace gyre::rest

// The MLflow REST protocol, spoken to its unmodified clients.
#pragma once

#include "api/mlflow/artifact_rooms.h"
#include "registry/registry.h"

namespace gyre::mlflow {

// All routes, under /api and /ajax-api.
void add_routes(net::Router& router, tracking::Service& tracking, registry::Service& registry, const ArtifactRooms& artifacts);

void add_experiment_routes(net::Router& router, tracking::Service& tracking);
void add_run_routes(net::Router& router, tracking::Service& tracking);
void add_logging_routes(net::Router& router, tracking::Service& tracking);
void add_history_routes(net::Router& router, tracking::Service& tracking);
void add_input_routes(net::Router& router, tracking::Service& tracking);
void add_logged_model_routes(net::Router& router, tracking::Service& tracking);
void add_artifact_routes(net::Router& router, const ArtifactRooms& rooms);
void add_file_routes(net::Router& router, tracking::Service& tracking, registry::Service& registry, blob::Store& blobs);
void add_server_routes(net::Router& router);
void add_absent_routes(net::Router& router);
void add_graphql_route(net::Router& router);
void add_registry_routes(net::Router& router, registry::Service& registry);

// `path` behind /api/2.0/mlflow, on both prefixes.
void add(net::Router& router, std::string_view method, std::string_view path, net::Handler handler);

// An answer in MLflow's form where none of the house's codes says it: "INVALID_STATE", "NOT_IMPLEMENTED".
net::Response refusal(int status, std::string_view error_code, std::string_view message);
net::Response to_response(const Error& error, const net::Request& request);

}  // namespace gyre::mlflow

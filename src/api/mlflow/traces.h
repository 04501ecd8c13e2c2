// MLflow's calls about traces: those of its third major version, and those that clients of the second still make.
#pragma once

#include "api/mlflow/routes.h"
#include "traces/traces.h"

namespace gyre::mlflow {

void add_trace_routes(net::Router& router, traces::Service& traces, blob::Store& blobs);

void add_trace_v2_routes(net::Router& router, traces::Service& traces);
void add_trace_metric_routes(net::Router& router, traces::Service& traces);
void add_assessment_routes(net::Router& router, traces::Service& traces);

// `path` behind /api/{version}.0/mlflow, on both prefixes.
void add_versioned(net::Router& router, int version, std::string_view method, std::string_view path, net::Handler handler);

}  // namespace gyre::mlflow

// OpenTelemetry's protocol for spans, over HTTP.
#pragma once

#include "net/router.h"
#include "traces/traces.h"

namespace gyre::otlp {

// POST /v1/traces, as MLflow's server answers it: the header x-mlflow-experiment-id says where the spans belong.
void add_routes(net::Router& router, traces::Service& traces);

}  // namespace gyre::otlp

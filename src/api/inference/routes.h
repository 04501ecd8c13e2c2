// Scoring over HTTP: the Open Inference Protocol v2 and MLflow's /invocations.
#pragma once

#include "net/router.h"
#include "serving/serving.h"

namespace gyre::inference {

void add_routes(net::Router& router, serving::Service& serving);

}  // namespace gyre::inference

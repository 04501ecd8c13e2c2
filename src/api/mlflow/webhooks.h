// MLflow's calls about webhooks, and two of ours behind the same prefix: what was delivered, and delivering again.
#pragma once

#include "api/mlflow/routes.h"
#include "webhooks/webhooks.h"

namespace gyre::mlflow {

void add_webhook_routes(net::Router& router, webhooks::Service& webhooks);

}  // namespace gyre::mlflow

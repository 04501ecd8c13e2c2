// `mlflow server --artifacts-only`: a server that moves artifacts for another one.
#pragma once

#include "net/router.h"

namespace gyre::mlflow {

// All that was added so far answers 503, but for artifacts and what tells how the server is.
void close_all_but_artifacts(net::Router& router);

}  // namespace gyre::mlflow

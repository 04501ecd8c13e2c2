// Routes by which people and programs steer runs.
#pragma once

#include "net/router.h"
#include "tracking/fork.h"

namespace gyre::rest {

// All of it outlives the router.
struct RunSteering {
  tracking::Service& tracking;
  tracking::Control& control;
  tracking::Forks& forks;
};

void add_run_control_routes(net::Router& router, const RunSteering& steering);

}  // namespace gyre::rest

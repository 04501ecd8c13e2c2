// /retention: the bin, its rules, and what goes for good.
#pragma once

#include "net/router.h"
#include "tracking/retention.h"

namespace gyre::rest {

// Before add_routes(), whose index lists what is there. `retention` outlives the router.
void add_retention_routes(net::Router& router, tracking::Retention& retention);

}  // namespace gyre::rest

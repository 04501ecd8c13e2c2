#pragma once

#include "api/rest/routes.h"

namespace gyre::rest {

// A step as it is sent: a number that may have a fraction; nothing: 0.
Result<tracking::Step> to_step(const json::Value& sent, std::string_view path);

void add_run_metric_routes(net::Router& router, const Rooms& rooms);

}  // namespace gyre::rest

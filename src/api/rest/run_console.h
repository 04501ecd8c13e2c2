#pragma once

#include "api/rest/routes.h"

namespace gyre::rest {

void add_run_console_routes(net::Router& router, const Rooms& rooms);

}  // namespace gyre::rest

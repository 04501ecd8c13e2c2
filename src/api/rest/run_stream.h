#pragma once

#include "api/rest/routes.h"

namespace gyre::rest {

// The contract's RunRow, of one run.
Result<net::Response> run_row(const Rooms& rooms, const tracking::Run& run);

void add_run_stream_routes(net::Router& router, const Rooms& rooms);

}  // namespace gyre::rest

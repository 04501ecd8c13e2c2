// The parts of a project's first page.
#pragma once

#include "api/rest/routes.h"

namespace gyre::rest {

void add_inbox_routes(net::Router& router, const Rooms& rooms);
void add_timeline_routes(net::Router& router, const Rooms& rooms);
void add_search_routes(net::Router& router, const Rooms& rooms);

}  // namespace gyre::rest

// What the routes of endpoints share.
#pragma once

#include "api/rest/routes.h"

namespace gyre::rest {

void add_endpoint_metrics(net::Router& router, const Rooms& rooms);
void add_endpoint_actions(net::Router& router, const Rooms& rooms);

}  // namespace gyre::rest

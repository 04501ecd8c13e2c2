#include "api/rest/routes.h"

namespace gyre::rest {

void add_monitoring_routes(net::Router&, const Rooms&) {}

}  // namespace gyre::rest

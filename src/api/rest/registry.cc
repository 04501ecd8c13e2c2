#include "api/rest/routes.h"

namespace gyre::rest {

void add_registry_routes(net::Router&, const Rooms&) {}

}  // namespace gyre::rest

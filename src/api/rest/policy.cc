#include "api/rest/routes.h"

namespace gyre::rest {

void add_policy_routes(net::Router&, const Rooms&) {}

}  // namespace gyre::rest

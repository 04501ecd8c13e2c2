// What the routes of policies and decisions share.
#pragma once

#include "api/rest/encode.h"

namespace gyre::rest {

void add_decision_routes(net::Router& router, const Rooms& rooms);

// The contract's Case, or null.
void case_field(Writer& writer, std::string_view name, const policy::Policy& policy, const std::optional<policy::Case>& one);

}  // namespace gyre::rest

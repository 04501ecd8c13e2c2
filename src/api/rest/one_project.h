#pragma once

#include "net/message.h"

namespace gyre::rest {

// `not_found` for a request that names a project that there is not.
Result<void> check_project(const net::Request& request);

}  // namespace gyre::rest

// The page: / and /p/... and /assets/...
#pragma once

#include "api/page/embedded.h"
#include "net/router.h"

namespace gyre::page {

void add_routes(net::Router& router, std::span<const EmbeddedFile> files = embedded_files());

}  // namespace gyre::page

// The page: / and /p/... and /assets/...
#pragma once

#include "api/page/embedded.h"
#include "api/page/frames.h"
#include "net/router.h"

namespace gyre::page {

// `prefix`: "/gyre" where the server answers under one, and the page has to ask there.
void add_routes(net::Router& router, std::string_view prefix = "", Frames frames = Frames::none, std::span<const EmbeddedFile> files = embedded_files());

}  // namespace gyre::page

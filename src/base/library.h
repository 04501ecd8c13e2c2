// Shared libraries that are opened when they are first needed, so that an idle server carries none.
#pragma once

#include <filesystem>
#include <string_view>

#include "base/result.h"

namespace gyre {

// `chosen`, or `name` in $GYRE_LIB_DIR, in lib/ beside this program, or on the loader's path: the first that is there.
// Its symbols stay its own (RTLD_LOCAL). `unavailable` tells all places that were tried.
Result<void*> open_library(const std::filesystem::path& chosen, std::string_view name);

}  // namespace gyre

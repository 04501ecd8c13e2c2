// Where runs are kept until a server has them.
#pragma once

#include <filesystem>

#include "base/result.h"

namespace gyre::cli {

// $GYRE_SPOOL, or gyre/runs in $XDG_STATE_HOME or ~/.local/state; made when it is not there.
Result<std::filesystem::path> spool_folder();

}  // namespace gyre::cli

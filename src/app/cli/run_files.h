// Files of runs, up and down.
#pragma once

#include "app/cli/command.h"

namespace gyre::cli {

Result<int> put_run_file(const Invocation& call);  // run put
Result<int> get_run_file(const Invocation& call);  // run get

}  // namespace gyre::cli

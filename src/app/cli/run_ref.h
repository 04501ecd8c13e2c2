// What the command line takes for runs and experiments.
#pragma once

#include "app/cli/remote.h"

namespace gyre::cli {

// Name or id of an experiment -> its id; "" stays so.
Result<std::string> experiment_id(Remote& remote, const std::string& name);
// A run is named by its id, the id's first digits, or its name: then the newest of that name.
Result<std::string> run_id(Remote& remote, const std::string& given);

}  // namespace gyre::cli

// What gyre run ls is sorted by.
#pragma once

#include "app/cli/remote.h"

namespace gyre::cli {

// --sort as the server takes it: "-val/auc" and "val/auc" are a metric, down and up; else as in 'attributes.start_time ASC'.
// `invalid` where no run that is listed has such a thing: nothing would be sorted, and nobody would know. `experiment` is an id, or empty.
Result<std::string> sort_of(Remote& remote, const Invocation& call, const std::string& experiment);

}  // namespace gyre::cli

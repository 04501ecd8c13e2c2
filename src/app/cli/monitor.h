// What the commands on monitors share.
#pragma once

#include "app/cli/view.h"

namespace gyre::cli {

Result<int> show_monitor(const Invocation& call);  // monitor show
Result<int> send_labels(const Invocation& call);   // monitor labels

}  // namespace gyre::cli

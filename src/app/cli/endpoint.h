// What the commands on endpoints share.
#pragma once

#include "app/cli/view.h"

namespace gyre::cli {

Result<int> predict(const Invocation& call);          // endpoint predict
Result<int> show_stats(const Invocation& call);       // endpoint stats
Result<int> deploy_versions(const Invocation& call);  // endpoint deploy
Result<int> act_on_rollout(const Invocation& call, std::string_view action);

// "v3 90 %, v4 10 %, v5 shadow".
std::string routes_line(const json::Value& routes);

}  // namespace gyre::cli

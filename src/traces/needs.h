// What traces need of tracking's.
#pragma once

#include "tracking/retention.h"

namespace gyre::traces {

// A guard of retention: an experiment stays while it has traces.
Result<std::optional<std::string>> needs(sql::Tx& tx, const tracking::Claim& claim);

}  // namespace gyre::traces

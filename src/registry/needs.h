// What the registry needs of tracking's.
#pragma once

#include "tracking/retention.h"

namespace gyre::registry {

// A guard of retention: a run or logged model stays while a version that is not deleted was made by it, or has its files there.
Result<std::optional<std::string>> needs(sql::Tx& tx, const tracking::Claim& claim);

}  // namespace gyre::registry

// What evaluation data sets, scorers and issues need of tracking's.
#pragma once

#include "tracking/retention.h"

namespace gyre::genai {

// A guard of retention: an experiment stays while one of them belongs to it.
Result<std::optional<std::string>> needs(sql::Tx& tx, const tracking::Claim& claim);

}  // namespace gyre::genai

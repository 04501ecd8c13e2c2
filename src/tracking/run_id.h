// Ids of runs that their makers choose.
#pragma once

#include <string_view>

#include "base/result.h"

namespace gyre::tracking {

constexpr std::size_t kMaxRunIdBytes = 64;

// Whether the text may be a run's id: [A-Za-z0-9][A-Za-z0-9_-]{0,63}, and no word that names a folder beside those of runs.
bool may_be_run_id(std::string_view id);
// The same as an error that says what an id looks like.
Result<void> check_run_id(std::string_view id);

}  // namespace gyre::tracking

// What names and values may look like. Inside tracking/ only.
#pragma once

#include "tracking/tracking.h"

namespace gyre::tracking {

Result<std::int64_t> parse_experiment_id(std::string_view id);
Result<void> check_key(std::string_view what, std::string_view key);
Result<void> check(const Batch& batch);
std::string lifecycle_condition(std::string_view column, std::string_view view);
// A name for a run that was given none: "amber-heron-417".
std::string invent_run_name();

}  // namespace gyre::tracking

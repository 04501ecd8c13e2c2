// Five-field cron expressions in UTC: minute, hour, day of month, month, day of week (0 or 7 is Sunday, names allowed).
#pragma once

#include "base/clock.h"

namespace gyre::pipelines {

// The first moment after `after_ms` at which the expression holds. As in cron, a restricted day of month and a restricted
// day of week are either-or. Fails with `invalid` for a bad expression or one that never holds.
Result<TimeMs> next_cron(std::string_view expression, TimeMs after_ms);

}  // namespace gyre::pipelines

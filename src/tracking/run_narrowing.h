// The runs that a filter leaves, where a metric of it leaves few: they are found by the metric's index. Inside tracking/ only.
#pragma once

#include "tracking/run_pages.h"

namespace gyre::tracking {

// So many entries of the index are few.
constexpr std::int64_t kFewRuns = 5000;

// `whole`, looked at by that index; as it is where no metric of the filter leaves few.
Result<Statement> narrowed(sql::Tx& tx, const Statement& whole, std::string_view filter);

}  // namespace gyre::tracking

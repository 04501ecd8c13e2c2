// A comparison in one sentence. Inside tracking/ only.
#pragma once

#include "tracking/comparison.h"

namespace gyre::tracking {

// The metric that is most likely meant: in all runs, of a known direction, measured on data that was held out; empty: none is in all.
std::string target_of(const Section<ComparedMetric>& metrics);

// "lr explains the gap in val/auc (-.026); data differs too, so the comparison is not clean." It names a cause where one thing alone
// differs or where one parameter's effect in the experiment is certain, and chance where the gap is no larger than chance makes it.
std::string statement_of(const Comparison& comparison);

}  // namespace gyre::tracking

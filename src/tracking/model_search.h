// A search for logged models as the end of an SQL query on `logged_models AS m`. Inside tracking/ only.
#pragma once

#include "tracking/filter.h"
#include "tracking/tracking.h"

namespace gyre::tracking {

Result<Condition> compile(const ModelSearch& search, const FilterContext& context);

}  // namespace gyre::tracking

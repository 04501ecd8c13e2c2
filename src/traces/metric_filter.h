// Filters of metrics over traces: one clause each, "trace.status = 'OK'", "trace.tag.k = 'v'", "span.name = 'x'". Inside traces/ only.
#pragma once

#include <functional>

#include "traces/metric_terms.h"

namespace gyre::traces {

// A condition on the view's rows; `bind` gives a value its place.
Result<std::string> metric_condition(std::string_view filter, View view, const std::function<std::string(std::string)>& bind);

}  // namespace gyre::traces

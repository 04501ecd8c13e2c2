// What somebody who wrote a filter that makes no sense may have meant. Inside tracking/ only.
#pragma once

#include "tracking/filter.h"

namespace gyre::tracking {

// For a bare name that is no attribute: one that is spelt alike, or the kinds of key that it may be. Empty where there are no metrics.
std::string attribute_hint(const Fields& fields, std::string_view name);
// For a key of another run: `child.F`.
std::string relative_hint(std::string_view entity, std::string_view key, const ManyFields& many);
// For what begins like a number and is none: times and durations stand in quotes.
std::string number_hint(std::string_view text);

}  // namespace gyre::tracking

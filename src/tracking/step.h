// The x axis that runs count themselves: whole numbers mostly, and what lies between them (a quarter of an epoch).
#pragma once

#include <compare>
#include <cstdint>

#include "base/result.h"

namespace gyre::tracking {

// Exact for all 64-bit whole numbers and for all doubles within their range: a double less its whole part is a double.
struct Step {
  std::int64_t whole = 0;  // rounded towards zero
  double fraction = 0;     // between -1 and 1, of the step's own sign; never NaN, never -0.0

  std::partial_ordering operator<=>(const Step&) const = default;
};

inline bool is_fraction(double number) { return number > -1 && number < 1; }
inline double number_of(const Step& step) { return static_cast<double>(step.whole) + step.fraction; }

// `invalid` for NaN, infinities, and what is beyond 64 bits.
Result<Step> step_of(double number);

}  // namespace gyre::tracking

#include "tracking/step.h"

#include <fmt/format.h>

#include <cmath>

namespace gyre::tracking {
namespace {

constexpr double kFirst = -0x1p63, kBeyond = 0x1p63;

}  // namespace

Result<Step> step_of(double number) {
  if (!(number >= kFirst && number < kBeyond))
    return fail(Code::invalid, fmt::format("a step is a number within 64 bits, not {}", number), {}, "leave the step out, or give a number such as 3 or 0.25");
  const double whole = std::trunc(number);
  return Step{static_cast<std::int64_t>(whole), number - whole + 0.0};  // + 0.0 makes 0.0 of -0.0
}

}  // namespace gyre::tracking

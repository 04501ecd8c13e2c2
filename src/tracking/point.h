// A point of a series, and the one order that all of them stand in. Inside tracking/ only.
#pragma once

#include <bit>
#include <cmath>
#include <compare>
#include <cstdint>
#include <vector>

#include "tracking/step.h"

namespace gyre::tracking {

struct Point {
  std::int64_t step = 0, at_ms = 0;
  double value = 0;
  double fraction = 0;  // of the step, as in Step
};

inline Step step_of(const Point& point) { return {point.step, point.fraction}; }
inline bool has_fraction(const Point& point) { return point.fraction != 0; }

// Doubles in an order in which any two of other bits differ: NaN below all numbers, as MLflow ranks it, then by size, then by bits.
inline std::strong_ordering compare_values(double a, double b) {
  const auto rank = [](double value) { return std::isnan(value) ? 0 : 1; };
  if (rank(a) != rank(b)) return rank(a) <=> rank(b);
  if (a < b) return std::strong_ordering::less;
  if (a > b) return std::strong_ordering::greater;
  return std::bit_cast<std::int64_t>(a) <=> std::bit_cast<std::int64_t>(b);
}

// MLflow's: by (step, time, value).
inline std::strong_ordering by_step(const Point& a, const Point& b) {
  if (a.step != b.step) return a.step <=> b.step;
  if (a.fraction != b.fraction) return a.fraction < b.fraction ? std::strong_ordering::less : std::strong_ordering::greater;
  if (a.at_ms != b.at_ms) return a.at_ms <=> b.at_ms;
  return compare_values(a.value, b.value);
}

inline std::strong_ordering by_time(const Point& a, const Point& b) { return a.at_ms != b.at_ms ? a.at_ms <=> b.at_ms : by_step(a, b); }

inline bool step_less(const Point& a, const Point& b) { return by_step(a, b) < 0; }
inline bool same_point(const Point& a, const Point& b) { return by_step(a, b) == 0; }

using Points = std::vector<Point>;

}  // namespace gyre::tracking

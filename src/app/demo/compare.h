// Two models on the same rows, day by day: the mean difference and its interval by resampling whole days, since the errors
// of one day go together (weather) and rows are not independent.
#pragma once

#include <cstdint>
#include <vector>

namespace gyre::demo {

struct DayLoss {
  double sum_a = 0, sum_b = 0;  // of log loss over the day's rows
  std::int64_t rows = 0;
};

struct Gain {
  double mean = 0, low = 0, high = 0;  // of loss(a) - loss(b) a row; low and high: 95 % percentile bootstrap over days
  std::int64_t rows = 0, days = 0;
};

// Deterministic in `seed`.
Gain paired_gain(const std::vector<DayLoss>& days, std::uint64_t seed);

}  // namespace gyre::demo

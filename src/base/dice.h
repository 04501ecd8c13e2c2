// Chance for what fails on purpose, in tests of those who must bear it.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <random>

#include "base/guarded.h"

namespace gyre {

// Thread-safe. The same seed and the same order of rolls give the same outcomes.
class Dice {
 public:
  explicit Dice(std::uint64_t seed, std::int64_t max_latency_us = 0) : max_latency_us_(max_latency_us), random_(std::mt19937_64(seed)) {}

  // Waits for up to the latency. Then 1 in a share of calls as large as the first of `shares`, 2 in one as large as the second,
  // and so on; 0 in what is left.
  std::size_t roll(std::initializer_list<double> shares);

 private:
  const std::int64_t max_latency_us_;
  Guarded<std::mt19937_64> random_;
};

}  // namespace gyre

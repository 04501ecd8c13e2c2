// Chance that is the same on every machine: of one seed always the same numbers.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>

namespace gyre::stats {

// SplitMix64 (Steele, Lea and Flood 2014). Not thread-safe.
class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed) {}

  std::uint64_t next() {
    auto z = (state_ += 0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
  }
  // 0 .. n - 1; n is at least 1. By multiplication: the bias is below n / 2^32.
  std::size_t below(std::size_t n) { return static_cast<std::size_t>(((next() >> 32) * static_cast<std::uint64_t>(n)) >> 32); }
  double unit() { return static_cast<double>(next() >> 11) * 0x1.0p-53; }  // [0, 1)
  bool coin() { return next() >> 63; }

  // The first `count` places become a random choice of all, in random order (Fisher and Yates).
  template <class T>
  void shuffle(std::span<T> items, std::size_t count) {
    for (std::size_t i = 0; i < count && i + 1 < items.size(); ++i) std::swap(items[i], items[i + below(items.size() - i)]);
  }

 private:
  std::uint64_t state_;
};

}  // namespace gyre::stats

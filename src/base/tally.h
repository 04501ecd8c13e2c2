// Counts calls, how many failed and how long they took: cheap enough to stand around every one.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>

#include "base/clock.h"
#include "base/result.h"

namespace gyre {

// Thread-safe. A reading may lag behind by calls that are just being counted.
class Tally {
 public:
  // Upper bounds of the histogram's buckets, in seconds; one more bucket holds what is above.
  static constexpr std::array<double, 14> kBoundsS = {0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.1, 0.5, 2, 10, 60};

  struct Reading {
    std::int64_t calls = 0, failures = 0;
    double seconds = 0;
    std::array<std::int64_t, kBoundsS.size() + 1> buckets{};
  };

  void add(std::int64_t took_ns, bool failed) {
    const double seconds = static_cast<double>(took_ns) / 1e9;
    std::size_t bucket = 0;
    while (bucket < kBoundsS.size() && seconds > kBoundsS[bucket]) ++bucket;
    buckets_[bucket].fetch_add(1, std::memory_order_relaxed);
    nanoseconds_.fetch_add(took_ns, std::memory_order_relaxed);
    if (failed) failures_.fetch_add(1, std::memory_order_relaxed);
  }

  Reading read() const {
    Reading reading{.failures = failures_.load(std::memory_order_relaxed), .seconds = static_cast<double>(nanoseconds_.load(std::memory_order_relaxed)) / 1e9};
    for (std::size_t i = 0; i < buckets_.size(); ++i) reading.calls += reading.buckets[i] = buckets_[i].load(std::memory_order_relaxed);
    return reading;
  }

  // Does `call`, which returns a Result, and counts it.
  template <class Call>
  auto around(Call&& call) {
    const auto started_ns = monotonic_ns();
    auto outcome = call();
    add(monotonic_ns() - started_ns, !outcome.has_value());
    return outcome;
  }

 private:
  std::array<std::atomic<std::int64_t>, kBoundsS.size() + 1> buckets_{};
  std::atomic<std::int64_t> nanoseconds_ = 0, failures_ = 0;
};

}  // namespace gyre

// CPU time of pieces of work, measured so that a busy machine disturbs it least: the clock is the thread's own, the figure
// is the median of many.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

namespace gyre::bench {

std::int64_t thread_cpu_ns();
std::int64_t process_cpu_ns();  // all threads of this process, those that have ended too

// Of an odd or even number of samples; 0 without any.
double median(std::vector<double> samples);

// Microseconds of this thread's CPU that one call of `work` costs: the median of kSamples, each over as many calls as
// take kSampleNs, so that reading the clock costs nothing beside them.
double thread_us_each(const std::function<void()>& work);

// Microseconds of CPU that the process's other threads spend on one call of `work`: what a server costs whose client is
// this thread. The median of kSamples of `calls` calls.
double others_us_each(int calls, const std::function<void()>& work);

inline constexpr int kSamples = 31;
inline constexpr std::int64_t kSampleNs = 500'000;

}  // namespace gyre::bench

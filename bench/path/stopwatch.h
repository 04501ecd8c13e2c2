// CPU time of pieces of work, measured so that a busy machine disturbs it least: the clock is the thread's own, and what is
// to be compared is measured in turn, round by round, each with the median of its rounds.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/result.h"

namespace gyre::bench {

std::int64_t thread_cpu_ns();
std::int64_t process_cpu_ns();  // of all threads, those that have ended too

// Microseconds of this thread's CPU that one of `calls` calls costs.
double thread_us(int calls, const std::function<void()>& work);

// Microseconds of CPU that the process's other threads spend on one of `calls` calls: what a server costs whose client is
// this thread.
double others_us(int calls, const std::function<void()>& work);

// Work that gives a sample of each of its figures each time that it is called.
using Sample = std::function<Result<std::vector<double>>()>;

inline constexpr int kRounds = 31;

// The median of each figure, all works' figures one after the other. A first round gets them warm and does not count.
Result<std::vector<double>> medians(const std::vector<Sample>& works, int rounds = kRounds);

}  // namespace gyre::bench

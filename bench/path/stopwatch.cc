#include "bench/path/stopwatch.h"

#include <time.h>

#include <algorithm>

namespace gyre::bench {
namespace {

std::int64_t read(clockid_t clock) {
  timespec at{};
  ::clock_gettime(clock, &at);
  return at.tv_sec * 1'000'000'000 + at.tv_nsec;
}

}  // namespace

std::int64_t thread_cpu_ns() { return read(CLOCK_THREAD_CPUTIME_ID); }
std::int64_t process_cpu_ns() { return read(CLOCK_PROCESS_CPUTIME_ID); }

double median(std::vector<double> samples) {
  if (samples.empty()) return 0;
  std::ranges::sort(samples);
  const auto half = samples.size() / 2;
  return samples.size() % 2 == 1 ? samples[half] : (samples[half - 1] + samples[half]) / 2;
}

double thread_us_each(const std::function<void()>& work) {
  work();  // what only the first call pays is left out
  const auto first = thread_cpu_ns();
  work();
  const auto once_ns = std::max<std::int64_t>(1, thread_cpu_ns() - first);
  const auto calls = std::clamp<std::int64_t>(kSampleNs / once_ns, 1, 10'000);
  std::vector<double> samples;
  for (int i = 0; i < kSamples; ++i) {
    const auto from = thread_cpu_ns();
    for (std::int64_t call = 0; call < calls; ++call) work();
    samples.push_back(static_cast<double>(thread_cpu_ns() - from) / 1e3 / static_cast<double>(calls));
  }
  return median(std::move(samples));
}

double others_us_each(int calls, const std::function<void()>& work) {
  for (int call = 0; call < calls; ++call) work();
  std::vector<double> samples;
  for (int i = 0; i < kSamples; ++i) {
    const auto all = process_cpu_ns(), own = thread_cpu_ns();
    for (int call = 0; call < calls; ++call) work();
    samples.push_back(static_cast<double>((process_cpu_ns() - all) - (thread_cpu_ns() - own)) / 1e3 / calls);
  }
  return median(std::move(samples));
}

}  // namespace gyre::bench

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

double median(std::vector<double> samples) {
  std::ranges::sort(samples);
  const auto half = samples.size() / 2;
  return samples.size() % 2 == 1 ? samples[half] : (samples[half - 1] + samples[half]) / 2;
}

}  // namespace

std::int64_t thread_cpu_ns() { return read(CLOCK_THREAD_CPUTIME_ID); }
std::int64_t process_cpu_ns() { return read(CLOCK_PROCESS_CPUTIME_ID); }

double thread_us(int calls, const std::function<void()>& work) {
  const auto from = thread_cpu_ns();
  for (int call = 0; call < calls; ++call) work();
  return static_cast<double>(thread_cpu_ns() - from) / 1e3 / calls;
}

double others_us(int calls, const std::function<void()>& work) {
  const auto all = process_cpu_ns(), own = thread_cpu_ns();
  for (int call = 0; call < calls; ++call) work();
  return static_cast<double>((process_cpu_ns() - all) - (thread_cpu_ns() - own)) / 1e3 / calls;
}

Result<std::vector<double>> medians(const std::vector<Sample>& works, int rounds) {
  std::vector<std::vector<double>> samples;
  for (int round = 0; round <= rounds; ++round) {
    std::size_t figure = 0;
    for (const auto& work : works) {
      for (const double value : TRY(work())) {
        if (round == 0) samples.emplace_back();
        if (round > 0) samples[figure].push_back(value);
        ++figure;
      }
    }
  }
  std::vector<double> out;
  for (auto& of_one : samples) out.push_back(median(std::move(of_one)));
  return out;
}

}  // namespace gyre::bench

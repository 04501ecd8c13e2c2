#include "app/demo/compare.h"

#include <algorithm>
#include <cmath>
#include <random>

namespace gyre::demo {
namespace {

constexpr int kResamples = 2000;

double mean_difference(double sum, std::int64_t rows) { return rows > 0 ? sum / static_cast<double>(rows) : 0; }

}  // namespace

Gain paired_gain(const std::vector<DayLoss>& days, std::uint64_t seed) {
  Gain gain;
  double total = 0;
  for (const auto& day : days) {
    total += day.sum_a - day.sum_b;
    gain.rows += day.rows;
  }
  gain.days = static_cast<std::int64_t>(days.size());
  gain.mean = mean_difference(total, gain.rows);
  if (days.size() < 2) return gain;

  std::mt19937_64 random(seed);
  std::vector<double> means;
  for (int i = 0; i < kResamples; ++i) {
    double sum = 0;
    std::int64_t rows = 0;
    for (std::size_t k = 0; k < days.size(); ++k) {
      const auto& day = days[random() % days.size()];
      sum += day.sum_a - day.sum_b;
      rows += day.rows;
    }
    means.push_back(mean_difference(sum, rows));
  }
  std::ranges::sort(means);
  gain.low = means[kResamples * 25 / 1000];
  gain.high = means[kResamples * 975 / 1000];
  return gain;
}

}  // namespace gyre::demo

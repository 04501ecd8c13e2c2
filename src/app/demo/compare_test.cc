#include "app/demo/compare.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

namespace gyre::demo {
namespace {

// Days whose rows all differ by the day's own amount.
std::vector<DayLoss> days_with(const std::vector<double>& differences, std::int64_t rows) {
  std::vector<DayLoss> days;
  for (const double difference : differences) days.push_back({(0.3 + difference) * static_cast<double>(rows), 0.3 * static_cast<double>(rows), rows});
  return days;
}

TEST(PairedGain, IsTheMeanByRows) {
  const auto gain = paired_gain({{10, 5, 10}, {300, 290, 100}}, 1);
  EXPECT_DOUBLE_EQ(gain.mean, 15.0 / 110);
  EXPECT_EQ(gain.rows, 110);
  EXPECT_EQ(gain.days, 2);
}

TEST(PairedGain, OfEqualDaysHasNoWidth) {
  const auto gain = paired_gain(days_with({0.1, 0.1, 0.1}, 1000), 1);
  EXPECT_NEAR(gain.low, 0.1, 1e-12);
  EXPECT_NEAR(gain.high, 0.1, 1e-12);
}

// Days differ, rows of a day do not: thousands of rows must not make the interval narrow.
TEST(PairedGain, CountsDaysAndNotRows) {
  const std::vector<double> differences = {0.3, -0.2, 0.25, -0.15, 0.2, -0.3, 0.1, 0.05};
  const auto few = paired_gain(days_with(differences, 10), 7), many = paired_gain(days_with(differences, 100'000), 7);
  EXPECT_NEAR(few.low, many.low, 1e-9);
  EXPECT_LT(many.low, 0);
  EXPECT_GT(many.high, 0);
}

TEST(PairedGain, CoversTheTruthAboutAsOftenAsItSays) {
  std::mt19937_64 random(3);
  std::normal_distribution<double> noise(0.05, 0.1);
  int covered = 0;
  constexpr int kRuns = 200;
  for (int run = 0; run < kRuns; ++run) {
    std::vector<double> differences;
    for (int day = 0; day < 60; ++day) differences.push_back(noise(random));
    const auto gain = paired_gain(days_with(differences, 100), static_cast<std::uint64_t>(run));
    covered += gain.low <= 0.05 && 0.05 <= gain.high;
  }
  EXPECT_GE(covered, kRuns * 88 / 100);
  EXPECT_LE(covered, kRuns * 99 / 100);
}

TEST(PairedGain, IsTheSameForTheSameSeed) {
  std::vector<double> differences;
  for (int day = 0; day < 100; ++day) differences.push_back(std::sin(day));
  const auto days = days_with(differences, 50);
  EXPECT_EQ(paired_gain(days, 5).low, paired_gain(days, 5).low);
  EXPECT_EQ(paired_gain(days, 5).high, paired_gain(days, 5).high);
  EXPECT_NE(paired_gain(days, 5).low, paired_gain(days, 6).low);
}

TEST(PairedGain, OfOneDayOrNoneHasNoInterval) {
  EXPECT_EQ(paired_gain({}, 1).rows, 0);
  const auto one = paired_gain({{2, 1, 1}}, 1);
  EXPECT_EQ(one.mean, 1);
  EXPECT_EQ(one.low, 0);
}

}  // namespace
}  // namespace gyre::demo

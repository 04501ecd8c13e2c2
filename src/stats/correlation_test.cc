#include "stats/correlation.h"

#include <gmock/gmock.h>

#include <cmath>
#include <limits>

namespace gyre::stats {
namespace {

using testing::ElementsAre;
constexpr double kNan = std::numeric_limits<double>::quiet_NaN(), kInfinity = std::numeric_limits<double>::infinity();

TEST(Correlation, RanksShareTies) {
  const double values[] = {10, 20, 10, 5, 20, 20};
  EXPECT_THAT(ranks(values), ElementsAre(2.5, 5, 2.5, 1, 5, 5));
}

TEST(Correlation, OfTheFieldsOwnExample) {
  // Anscombe's first set (1973): 0.81642.
  const double x[] = {10, 8, 13, 9, 11, 14, 6, 4, 12, 7, 5}, y[] = {8.04, 6.95, 7.58, 8.81, 8.33, 9.96, 7.24, 4.26, 10.84, 4.82, 5.68};
  EXPECT_NEAR(*pearson(x, y), 0.81642, 5e-6);
  EXPECT_NEAR(*spearman(x, y), 0.81818, 5e-6);
}

TEST(Correlation, AMonotoneCurveHasSpearmanOne) {
  std::vector<double> x, y;
  for (int i = 1; i <= 50; ++i) x.push_back(i), y.push_back(std::exp(i));
  EXPECT_DOUBLE_EQ(*spearman(x, y), 1);
  EXPECT_LT(*pearson(x, y), 0.6);
  for (auto& value : y) value = -value;
  EXPECT_DOUBLE_EQ(*spearman(x, y), -1);
}

TEST(Correlation, WhatIsNotFiniteIsLeftOut) {
  const double x[] = {1, 2, kNan, 3, 4, kInfinity}, y[] = {2, 4, 100, 6, kNan, 1};
  EXPECT_DOUBLE_EQ(*pearson(x, y), 1);
}

TEST(Correlation, NothingIsToldOfConstantsAndFew) {
  const double x[] = {1, 2, 3}, constant[] = {.1, .1, .1};
  EXPECT_FALSE(pearson(x, constant));
  EXPECT_FALSE(spearman(constant, x));
  EXPECT_FALSE(pearson(std::span(x).first(2), std::span(x).first(2)));
}

TEST(Correlation, HugeNumbersDoNotOverflow) {
  const double x[] = {1e300, 2e300, 3e300}, y[] = {-1e-300, -2e-300, -3e-300};
  EXPECT_DOUBLE_EQ(*pearson(x, y), -1);
}

}  // namespace
}  // namespace gyre::stats

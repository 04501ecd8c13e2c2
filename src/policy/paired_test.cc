#include "policy/paired.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "base/yaml.h"
#include "policy/definition.h"

namespace gyre::policy {
namespace {

TEST(Paired, WorseForSureIsByMoreThanTheLimitAndMoreThanChance) {
  const PairedResult worse{.mean = -0.066, .error = 0.025, .z = -2.64, .n = 1651, .clusters = 40};
  EXPECT_NEAR(sure_loss(worse, 2.58), 0.0015, 1e-12);
  EXPECT_LT(sure_loss(worse, 2.58), 0.02) << "worse than before, but not surely by as much as is allowed";
  EXPECT_GT(sure_loss({.mean = -0.1, .error = 0.02, .z = -5, .n = 1651, .clusters = 40}, 2.58), 0.02);
  EXPECT_LT(sure_loss({.mean = 0.1, .error = 0.02, .z = 5, .n = 1651, .clusters = 40}, 2.58), 0);
  EXPECT_NEAR(level_of(1.959964), 0.95, 1e-6);
}

TEST(Paired, TheWorstIsTheOneThatDecides) {
  const std::vector<PairedResult> results = {{.mean = -0.10, .error = 0.06}, {.mean = -0.05, .error = 0.005}, {.mean = 0.02, .error = 0.001}};
  EXPECT_EQ(worst_of(results, 2.58), 1u) << "the first has the worst mean, but chance explains it";
  EXPECT_GT(sure_loss(results[1], 2.58), 0.02);
  EXPECT_LT(sure_loss(results[0], 2.58), 0.02);
}

TEST(Paired, ManyComparisonsAskForMore) {
  EXPECT_NEAR(family_z(2.58, 1), 2.58, 1e-9);
  EXPECT_NEAR(family_z(1.959964, 10), 2.807034, 1e-5);  // 0.05 / 10, two-sided
  EXPECT_NEAR(family_z(2.58, 0), 2.58, 1e-9);
  EXPECT_EQ(family_z(60, 10), 60);
}

TEST(Paired, OneRowAClusterIsTheOrdinaryError) {
  const std::vector<double> gains{1, 2, 3, 4};
  const auto result = paired_test(gains, {0, 1, 2, 3}, 1);
  EXPECT_DOUBLE_EQ(result.mean, 2.5);
  EXPECT_NEAR(result.error, std::sqrt(5.0 / 3 / 4), 1e-12);
}

// statsmodels 0.14: OLS of the gains on a constant, cov_type "cluster".
TEST(Paired, AgreesWithStatsmodels) {
  std::vector<double> gains;
  std::vector<TimeMs> at;
  for (int i = 0; i < 60; ++i) gains.push_back((i * 37 % 23 - 9) / 50.0), at.push_back(i / 7 * kHourMs + i);
  const auto result = paired_test(gains, at, kHourMs);
  EXPECT_NEAR(result.mean, 0.03766666666666666, 1e-12);
  EXPECT_NEAR(result.error, 0.008914314331455897, 1e-12);
  EXPECT_NEAR(result.z, 4.225413785752705, 1e-9);
  EXPECT_EQ(result.clusters, 9);
  EXPECT_NEAR(result.low(), result.mean - 1.96 * result.error, 1e-15);
}

TEST(Paired, WithoutTwoClustersNothingIsCertain) {
  EXPECT_EQ(paired_test({}, {}, kHourMs).n, 0);
  const auto one = paired_test({1, 1, 1}, {0, 1, 2}, kHourMs);
  EXPECT_EQ(one.mean, 1);
  EXPECT_EQ(one.z, 0);
}

TEST(Paired, RowsThatGoTogetherCountLess) {
  std::mt19937 random(1);
  std::normal_distribution<double> noise;
  std::vector<double> gains;
  std::vector<TimeMs> at;
  for (int hour = 0; hour < 50; ++hour) {
    const double shared = noise(random);
    for (int i = 0; i < 100; ++i) gains.push_back(shared + 0.1 * noise(random)), at.push_back(hour * kHourMs + i);
  }
  const auto clustered = paired_test(gains, at, kHourMs), naive = paired_test(gains, at, 1);
  EXPECT_GT(clustered.error, 2 * naive.error);
  EXPECT_EQ(clustered.clusters, 50);
}

TEST(Definition, IsReadStrictly) {
  const auto read = [](std::string_view text) { return read_definition(yaml::parse(text).value()); };
  EXPECT_TRUE(read("{endpoint: e, model: m, pipeline: p, rollout: none}"));
  EXPECT_FALSE(read("{endpoint: e, model: m}"));
  EXPECT_FALSE(read("{endpoint: e, model: m, pipeline: p, rollout: {canary: [{weight: 2, rows: 5}]}}"));
  EXPECT_FALSE(read("{endpoint: e, model: m, pipeline: p, when: {shedule: {every: 7d}}}"));
}

}  // namespace
}  // namespace gyre::policy

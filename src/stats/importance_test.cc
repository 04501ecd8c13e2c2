#include "stats/importance.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "stats/random.h"

namespace gyre::stats {
namespace {

// Columns of even chance in [0, 1).
std::vector<std::vector<double>> columns_of(std::size_t columns, std::size_t rows, std::uint64_t seed) {
  Random random(seed);
  std::vector<std::vector<double>> all(columns);
  for (std::size_t i = 0; i < rows; ++i) {
    for (auto& column : all) column.push_back(random.unit());
  }
  return all;
}

std::vector<Feature> features_of(const std::vector<std::vector<double>>& columns) {
  std::vector<Feature> features;
  for (const auto& column : columns) features.push_back(number_feature(column));
  return features;
}

bool is_noise(const Importance& one) { return one.low <= 0 && one.high >= 0; }

TEST(Importance, WhatTheTargetIsMadeOfRanksFirstAndNoiseCoversZero) {
  for (const std::uint64_t seed : {1, 2, 3, 4, 5}) {
    const auto columns = columns_of(5, 300, seed);
    std::vector<double> target;
    for (std::size_t i = 0; i < 300; ++i) target.push_back(std::sin(6 * columns[0][i]) + 0.3 * columns[1][i]);
    const auto report = importance(features_of(columns), target, seed);
    EXPECT_GT(report.features[0].low, 0.2) << seed;
    EXPECT_GT(report.features[0].value, report.features[1].value);
    for (const std::size_t noise : {2, 3, 4}) {
      EXPECT_TRUE(is_noise(report.features[noise])) << seed << ": " << report.features[noise].low << " .. " << report.features[noise].high;
      EXPECT_LT(std::abs(report.features[noise].value), 0.05);
    }
    EXPECT_GT(report.explained, 0.6);
  }
}

TEST(Importance, NoiseAloneExplainsNothing) {
  const auto columns = columns_of(6, 200, 7);
  const auto report = importance(features_of({columns.begin(), columns.end() - 1}), columns.back(), 7);
  EXPECT_LT(report.explained, 0.1);
  for (const auto& one : report.features) EXPECT_TRUE(is_noise(one)) << one.low << " .. " << one.high;
}

TEST(Importance, TwoThatWorkTogetherAreFoundThoughNeitherCorrelates) {
  const auto columns = columns_of(4, 600, 11);
  std::vector<double> target;
  for (std::size_t i = 0; i < 600; ++i) target.push_back((columns[0][i] - .5) * (columns[1][i] - .5));
  const auto report = importance(features_of(columns), target, 11);
  EXPECT_GT(report.features[0].low, 0);
  EXPECT_GT(report.features[1].low, 0);
  EXPECT_TRUE(is_noise(report.features[2]));
}

TEST(Importance, CategoriesAndWhatIsMissingCount) {
  Random random(13);
  const std::string names[] = {"adam", "sgd", "lamb", "lion", "rmsprop"};
  std::vector<std::string> optimizer;
  std::vector<bool> none(400), absent;
  std::vector<double> warmup, noise, target;
  for (int i = 0; i < 400; ++i) {
    optimizer.push_back(names[random.below(5)]);
    absent.push_back(random.coin());
    warmup.push_back(absent.back() ? std::numeric_limits<double>::quiet_NaN() : 100);
    noise.push_back(random.unit());
    target.push_back((optimizer.back() == "lamb" || optimizer.back() == "sgd" ? 1 : 0) + (absent.back() ? .6 : 0) + .1 * random.unit());
  }
  const auto report = importance(std::vector{category_feature(optimizer, none), number_feature(warmup), number_feature(noise)}, target, 13);
  EXPECT_GT(report.features[0].low, 0.5);
  EXPECT_GT(report.features[1].low, 0.1);
  EXPECT_TRUE(is_noise(report.features[2]));
  EXPECT_GT(report.explained, 0.8);
}

TEST(Importance, SameDataSameAnswerAndScaleDoesNotCount) {
  const auto columns = columns_of(3, 100, 17);
  std::vector<double> target, scaled;
  auto logarithmic = columns;
  for (std::size_t i = 0; i < 100; ++i) {
    target.push_back(columns[0][i]);
    scaled.push_back(columns[0][i] * 1e6 - 5e5);
    logarithmic[0][i] = std::pow(10, -6 * columns[0][i]);
  }
  const auto first = importance(features_of(columns), target, 17), again = importance(features_of(columns), target, 17);
  EXPECT_EQ(first.features[0].value, again.features[0].value);
  EXPECT_EQ(first.explained, again.explained);
  EXPECT_NEAR(importance(features_of(columns), scaled, 17).features[0].value, first.features[0].value, 1e-6);
  EXPECT_GT(importance(features_of(logarithmic), target, 17).features[0].low, 0.5);
}

TEST(Importance, FewestRowsAndOddColumnsDoNoHarm) {
  std::vector<double> constant(kLeastRows, 1), nothing(kLeastRows, std::numeric_limits<double>::quiet_NaN()), target;
  for (std::size_t i = 0; i < kLeastRows; ++i) target.push_back(static_cast<double>(i % 2) * 1e300);
  const std::vector<double> infinite = [] {
    std::vector<double> values(kLeastRows, std::numeric_limits<double>::infinity());
    for (std::size_t i = 0; i < kLeastRows; i += 3) values[i] = -values[i];
    return values;
  }();
  const auto report = importance(features_of({constant, nothing, infinite}), target, 1);
  EXPECT_EQ(report.features[0].value, 0);
  EXPECT_EQ(report.features[1].value, 0);
  for (const auto& one : report.features) EXPECT_TRUE(std::isfinite(one.low) && std::isfinite(one.high));
  EXPECT_TRUE(importance({}, target, 1).features.empty());
}

TEST(Features, RareCategoriesShareTheLast) {
  std::vector<std::string> values;
  for (int i = 0; i < 200; ++i) values.push_back(i < 100 ? "common" : "rare" + std::to_string(i));
  const auto feature = category_feature(values, std::vector<bool>(200));
  EXPECT_EQ(feature.values[0], 0);
  EXPECT_EQ(feature.values[199], kMaxCategories - 1);
  EXPECT_LT(feature.values[100], kMaxCategories - 1);
}

}  // namespace
}  // namespace gyre::stats

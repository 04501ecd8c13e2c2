// Densities, what is near in them, and sparks, on both databases.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <random>

#include "tracking/curve_testing.h"
#include "tracking/many_curves.h"

namespace gyre::tracking {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

class DensityTest : public CurveTest {
 protected:
  std::string run_of(const Points& points) {
    const auto run = new_run();
    log(run, "m", points);
    return run;
  }
  Density draw(const DensityQuery& query) {
    auto density = many_.density(query);
    EXPECT_TRUE(density) << density.error().message << density.error().detail;
    return density.value_or(Density());
  }
  ManyCurves many_{*db_, clock_};
};

TEST_P(DensityTest, CountsTheCurvesThroughEachCell) {
  const auto flat = run_of({{0, 1, 0.5}, {4, 1, 0.5}}), high = run_of({{0, 1, 3.5}, {1, 1, 3.5}, {2, 1, kNaN}, {3, 1, 3.5}}),
             rise = run_of({{0, 1, 0.5}, {3, 1, 3.5}});
  const auto density = draw({.runs = {{flat, high, rise}, {}}, .key = "m", .from = 0, .to = 4, .width = 4, .height = 4, .y_from = 0, .y_to = 4});
  EXPECT_EQ(density.series, 3);
  EXPECT_EQ(density.most, 2);
  EXPECT_THAT(density.cells, ElementsAre(1, 1, 0, 2,    // `high` is cut at step 2
                                         0, 0, 1, 1,    // `rise` climbs a row a column, and half way to the next
                                         0, 1, 1, 0,    //
                                         2, 2, 1, 1));  // `flat`
  const auto zoomed = draw({.runs = {{flat, high, rise}, {}}, .key = "m", .from = 0, .to = 4, .width = 4, .height = 1, .y_from = 3.25, .y_to = 4});
  EXPECT_THAT(zoomed.cells, ElementsAre(1, 1, 0, 2));  // what lies below is left out
}

TEST_P(DensityTest, ALogarithmicOneLeavesOutWhatHasNoLogarithm) {
  const auto run = run_of({{0, 1, 1}, {1, 1, 0}, {2, 1, 100}, {3, 1, -5}});
  const auto density = draw({.runs = {{run}, {}}, .key = "m", .from = 0, .to = 4, .width = 4, .height = 2, .log = true});
  EXPECT_EQ(density.y_from, 1);
  EXPECT_EQ(density.y_to, 100);
  EXPECT_THAT(density.cells, ElementsAre(0, 0, 1, 0, 1, 0, 0, 0));
}

TEST_P(DensityTest, TheNearestIsTheOneWhoseCurveIs) {
  std::mt19937_64 random(3);
  std::vector<std::string> runs;
  for (int i = 0; i < 30; ++i) {
    Points points;
    for (int step = 0; step < 400; ++step) points.push_back({step, step, std::sin(step * 0.01 + i) + static_cast<double>(random() % 100) / 1e4});
    runs.push_back(run_of(points));
    if (i % 2) seal(runs.back());
  }
  const DensityQuery query{.runs = {runs, {}}, .key = "m", .from = 0, .to = 400, .width = 100};
  const auto lines = many_.curves({.runs = {runs, {}}, .keys = {"m"}, .from = 0, .to = 400, .buckets = 100, .want = {CurveFigure::last}}).value();
  ASSERT_FALSE(lines.exact);
  for (int i = 0; i < 50; ++i) {
    const double x = static_cast<double>(random() % 400), y = static_cast<double>(random() % 200) / 100 - 1;
    const auto column = std::min<std::size_t>(99, static_cast<std::size_t>(x / 4));
    const auto off = [&](const CurveLine& line) { return std::fabs(line.columns[0][column] - y); };
    const auto& wanted = *std::ranges::min_element(lines.lines, {}, off);
    const auto found = many_.nearest(query, x, y).value().value();
    EXPECT_NEAR(std::fabs(found.y - y), off(wanted), 1e-6);
    EXPECT_DOUBLE_EQ(found.x, lines.x[column]);
  }
  EXPECT_FALSE(many_.nearest({.runs = {{"none"}, {}}, .key = "m"}, 1, 1).value());
}

TEST_P(DensityTest, WhatMakesNoSenseIsRefused) {
  const DensityQuery good{.runs = {{run_of({{0, 1, 2}})}, {}}, .key = "m"};
  EXPECT_EQ(draw(good).most, 1);
  const auto refused = [&](auto change) {
    auto query = good;
    change(query);
    const auto got = many_.density(query);
    return got ? "" : got.error().message;
  };
  EXPECT_THAT(refused([](auto& query) { query.width = 0; }), HasSubstr("columns"));
  EXPECT_THAT(refused([](auto& query) { query.height = 401; }), HasSubstr("400 rows"));
  EXPECT_THAT(refused([](auto& query) { query.y_from = 1, query.y_to = 1; }), HasSubstr("must rise"));
  EXPECT_THAT(refused([](auto& query) { query.log = true, query.y_from = 0; }), HasSubstr("logarithmic"));
  EXPECT_THAT(refused([](auto& query) { query.runs.ids.resize(10'001, "r"); }), HasSubstr("10000"));
}

TEST_P(DensityTest, SparksAreTheSameSealedOrNotAndFollowTheirRun) {
  Points points;
  for (int i = 0; i < 5000; ++i) points.push_back({i, i, i == 4999 ? kNaN : std::sqrt(i)});
  const auto run = run_of(points), empty = new_run(), one = run_of({{7, 1, 3}});
  const auto before = many_.sparks({run, empty, one}, {"m", "none"}).value();
  ASSERT_TRUE(before[0][0]);
  ASSERT_EQ(before[0][0]->size(), kSparkBuckets);
  for (std::size_t i = 0; i + 1 < kSparkBuckets; ++i) {
    const auto last = std::ceil(4999.0 / kSparkBuckets * static_cast<double>(i + 1)) - 1;  // the last step before the next border
    EXPECT_EQ((*before[0][0])[i], std::sqrt(last)) << i;
  }
  EXPECT_EQ((*before[0][0])[kSparkBuckets - 1], std::nullopt);  // its last value is no number
  EXPECT_FALSE(before[0][1]);
  EXPECT_FALSE(before[1][0]);
  EXPECT_EQ((*before[2][0])[0], 3);
  seal(run);
  EXPECT_EQ(many_.sparks({run, empty, one}, {"m", "none"}).value(), before);
  ManyCurves fresh{*db_, clock_};
  EXPECT_EQ(fresh.sparks({run, empty, one}, {"m", "none"}).value(), before);
  log(run, "m", Points{{5000, 1, 9}});
  EXPECT_EQ(many_.sparks({run}, {"m"}).value()[0][0]->back(), 9);
  EXPECT_EQ(metric_key("metrics.val/auc").value(), "val/auc");
  for (const auto* bad : {"params.lr", "min(metrics.a)", "metrics.a + 1", "", "metrics.a >"}) EXPECT_EQ(metric_key(bad).error().code, Code::invalid) << bad;
}

INSTANTIATE_TEST_SUITE_P(Backends, DensityTest, testing::Values("SqliteMemory", "Postgres"), [](const auto& info) { return std::string(info.param); });

}  // namespace
}  // namespace gyre::tracking

// Curves of many runs, held against what the plain lists of their points say, on both databases.
#include "tracking/many_curves.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <random>
#include <set>

#include "tracking/curve_testing.h"
#include "tracking/robust_view.h"

namespace gyre::tracking {
namespace {

using testing::DoubleNear;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN(), kInfinity = std::numeric_limits<double>::infinity();

// A point of the oracle, at its place on the axis.
struct Placed {
  double x = 0;
  Point point;
};

// What the figures of one curve must be, reckoned the plain way.
struct Expected {
  std::int64_t count = 0, nan = 0, inf = 0;
  double last = kNaN, first = kNaN, min = kNaN, max = kNaN, sum = 0, smooth = kNaN;
  std::int64_t finite() const { return count - nan - inf; }
};

class ManyCurvesTest : public CurveTest {
 protected:
  // Steps that go back and have fractions, repetitions, NaN and infinities; parts of it sealed in between, in no order.
  void log_wild(const std::string& run, const std::string& key, std::size_t count, std::mt19937_64& random) {
    Points points;
    double step = -10, walk = 1;
    for (std::size_t i = 0; i < count; ++i) {
      step += random() % 4 == 0 ? 0.25 : static_cast<double>(random() % 3);
      if (random() % 50 == 0) step -= 20;
      walk += (static_cast<double>(random() % 1000) - 500) / 1e3;
      double value = walk;
      if (random() % 40 == 0) value = kNaN;
      if (random() % 60 == 0) value = random() % 2 ? kInfinity : -kInfinity;
      const auto exact = step_of(step).value();
      points.push_back({exact.whole, 5000 + 3 * static_cast<std::int64_t>(i) - static_cast<std::int64_t>(random() % 9), value, exact.fraction});
      if (random() % 20 == 0) points.push_back(points[random() % points.size()]);
    }
    log_in_parts(run, key, points, random);
  }
  void log_in_parts(const std::string& run, const std::string& key, const Points& points, std::mt19937_64& random) {
    auto& known = points_[{run, key}];
    known.insert(known.end(), points.begin(), points.end());
    for (std::span<const Point> rest = points; !rest.empty();) {
      const auto part = rest.first(std::min<std::size_t>(1 + random() % 1500, rest.size()));
      log(run, key, part);
      if (random() % 2) seal(run);
      rest = rest.subspan(part.size());
    }
  }

  std::vector<Placed> placed(const std::string& run, const std::string& key, const CurveAxis& axis) const {
    std::vector<Placed> all;
    auto points = points_.contains({run, key}) ? points_.at({run, key}) : Points();
    std::ranges::sort(points, axis.metric.empty() && axis.axis != Axis::step ? [](const Point& a, const Point& b) { return by_time(a, b) < 0; } : step_less);
    auto along = points_.contains({run, axis.metric}) ? points_.at({run, axis.metric}) : Points();
    std::ranges::sort(along, step_less);
    for (const auto& point : points) {
      double x = number_of(step_of(point));
      if (axis.axis != Axis::step) x = static_cast<double>(point.at_ms) - (axis.axis == Axis::relative ? 1000 : 0);
      if (!axis.metric.empty()) {
        x = kNaN;
        for (const auto& other : along) {
          if (step_of(other) <= step_of(point) && std::isfinite(other.value)) x = other.value;
        }
      }
      if (!std::isnan(x)) all.push_back({x, point});
    }
    if (!axis.metric.empty()) {
      std::ranges::sort(all, [](const Placed& a, const Placed& b) {
        if (a.x != b.x) return a.x < b.x;
        return a.point.at_ms != b.point.at_ms ? a.point.at_ms < b.point.at_ms : compare_values(a.point.value, b.point.value) < 0;
      });
    }
    return all;
  }

  static std::size_t place_of(double x, const CurveSet& set, std::size_t buckets) {
    if (set.exact) return static_cast<std::size_t>(std::ranges::lower_bound(set.x, x) - set.x.begin());
    const double width = (set.to - set.from) / static_cast<double>(buckets);
    std::size_t place = 0;
    while (place + 1 < set.x.size() && x >= set.from + width * static_cast<double>(place + 1)) ++place;
    return place;
  }

  static std::vector<Expected> expected(const std::vector<Placed>& points, const CurveSetQuery& query, const CurveSet& set) {
    std::vector<Expected> all(set.x.size());
    double sum = 0, weight = 0, at = 0;
    for (const auto& [x, point] : points) {
      if (query.half_life > 0 && std::isfinite(point.value)) {
        const double left = weight == 0 ? 0 : std::pow(2, -(x - at) / query.half_life);
        sum = sum * left + point.value;
        weight = weight * left + 1;
        at = x;
      }
      if (x < query.from.value_or(-kInfinity) || x > query.to.value_or(kInfinity)) continue;
      auto& bucket = all.at(place_of(x, set, query.buckets));
      if (bucket.count++ == 0) bucket.first = point.value;
      bucket.last = point.value;
      bucket.nan += std::isnan(point.value);
      bucket.inf += std::isinf(point.value);
      bucket.min = std::fmin(bucket.min, point.value);
      bucket.max = std::fmax(bucket.max, point.value);
      if (!std::isfinite(point.value)) continue;
      bucket.sum += point.value;
      bucket.smooth = sum / weight;
    }
    return all;
  }

  static void expect_figure(double got, double wanted, bool there, std::string_view what) {
    if (!there) {
      EXPECT_TRUE(is_absent(got)) << what << ": " << got;
    } else if (std::isnan(wanted)) {
      EXPECT_TRUE(std::isnan(got) && !is_absent(got)) << what << ": " << got;
    } else {
      EXPECT_TRUE(got == wanted || std::fabs(got - wanted) <= 1e-9 * std::max(1.0, std::fabs(wanted))) << what << ": " << got << " for " << wanted;
    }
  }

  static void expect_line(const CurveSet& set, const CurveLine& line, const std::vector<Expected>& wanted) {
    std::int64_t points = 0, nan = 0, inf = 0;
    for (std::size_t i = 0; i < wanted.size(); ++i) {
      const auto& one = wanted[i];
      points += one.count;
      nan += one.nan;
      inf += one.inf;
      const std::map<CurveFigure, std::pair<double, bool>> figures{{CurveFigure::last, {one.last, one.count > 0}},
                                                                   {CurveFigure::first, {one.first, one.count > 0}},
                                                                   {CurveFigure::min, {one.min, one.count > one.nan}},
                                                                   {CurveFigure::max, {one.max, one.count > one.nan}},
                                                                   {CurveFigure::mean, {one.sum / static_cast<double>(one.finite()), one.finite() > 0}},
                                                                   {CurveFigure::smooth, {one.smooth, one.finite() > 0}},
                                                                   {CurveFigure::count, {static_cast<double>(one.count), true}},
                                                                   {CurveFigure::nan, {static_cast<double>(one.nan), true}},
                                                                   {CurveFigure::inf, {static_cast<double>(one.inf), true}}};
      for (std::size_t f = 0; f < set.figures.size(); ++f) {
        const auto& [value, there] = figures.at(set.figures[f]);
        expect_figure(line.columns[f].at(i), value, there, fmt::format("figure {} of {} at {}", f, line.key, i));
      }
    }
    EXPECT_EQ(line.points, points);
    EXPECT_EQ(line.nan, nan);
    EXPECT_EQ(line.inf, inf);
  }

  void expect_grid(const CurveSet& set, const CurveSetQuery& query) {
    std::set<double> xs;
    for (const auto& id : query.runs.ids) {
      for (const auto& key : query.keys) {
        for (const auto& [x, point] : placed(id, key, query.x)) {
          if (x >= query.from.value_or(-kInfinity) && x <= query.to.value_or(kInfinity)) xs.insert(x);
        }
      }
    }
    ASSERT_EQ(set.exact, xs.size() <= query.buckets);
    if (set.exact) {
      EXPECT_EQ(set.x, std::vector<double>(xs.begin(), xs.end()));
    } else {
      EXPECT_EQ(set.from, query.from.value_or(*xs.begin()));
      EXPECT_EQ(set.to, query.to.value_or(*xs.rbegin()));
      EXPECT_EQ(set.x.size(), query.buckets);
    }
  }

  CurveSet draw(const CurveSetQuery& query) {
    auto set = many_.curves(query);
    EXPECT_TRUE(set) << set.error().message << set.error().detail;
    return set.value_or(CurveSet());
  }

  static std::vector<CurveFigure> all_figures() {
    return {CurveFigure::last,   CurveFigure::min,   CurveFigure::max, CurveFigure::mean, CurveFigure::count,
            CurveFigure::smooth, CurveFigure::first, CurveFigure::nan, CurveFigure::inf};
  }

  std::map<std::pair<std::string, std::string>, Points> points_;
  ManyCurves many_{*db_, clock_};
};

TEST_P(ManyCurvesTest, ShowAllPointsAtAnyZoomOnAnyAxis) {
  std::mt19937_64 random(23);
  std::vector<std::string> runs;
  for (const std::size_t size : {1, 40, 700, 3000, 5000}) {
    runs.push_back(new_run());
    log_wild(runs.back(), "loss", size, random);
    if (size != 40) log_wild(runs.back(), "auc", size / 3 + 1, random);
    Points epochs;
    for (int i = 0; i < 40; ++i) epochs.push_back({30 * i, 5000, i == 7 ? kNaN : i / 2.0});
    log_in_parts(runs.back(), "epoch", epochs, random);
  }
  const CurveAxis axes[] = {{Axis::step}, {Axis::time}, {Axis::relative}, {.axis = Axis::step, .metric = "epoch"}};
  for (int zoom = 0; zoom < 32; ++zoom) {
    CurveSetQuery query{.runs = {runs, {}},
                        .keys = {"loss", "auc"},
                        .x = axes[zoom % 4],
                        .from = {},
                        .to = {},
                        .buckets = zoom % 3 == 2 ? 2400 : 3 + random() % 60,
                        .want = all_figures()};
    if (zoom % 8 >= 2) query.half_life = zoom % 2 ? 0.5 : 25;
    const bool timed = query.x.metric.empty() && query.x.axis != Axis::step;
    if (zoom >= 8) query.from = static_cast<double>(random() % 300) + (query.x.axis == Axis::time ? 5000 : timed ? 4000 : 0.25);
    if (zoom >= 16) query.to = *query.from + static_cast<double>(random() % 900);
    const auto set = draw(query);
    expect_grid(set, query);
    EXPECT_EQ(set.matched, 5);
    EXPECT_EQ(set.drawn, 5);
    ASSERT_EQ(set.lines.size(), 9u);
    for (const auto& line : set.lines) expect_line(set, line, expected(placed(line.run, line.key, query.x), query, set));
    if (HasFailure()) FAIL() << "at zoom " << zoom;
  }
  EXPECT_THAT(service_.verify()->problems, IsEmpty());
}

TEST_P(ManyCurvesTest, NoRunChangesAnothersFigures) {
  std::mt19937_64 random(7);
  const auto one = new_run(), other = new_run();
  log_wild(one, "loss", 4000, random);
  log_wild(other, "loss", 2500, random);
  CurveSetQuery query{.runs = {{one, other}, {}}, .keys = {"loss"}, .from = 10, .to = 900.5, .buckets = 97, .half_life = 20};
  const auto both = draw(query);
  query.runs.ids = {one};
  const auto alone = draw(query);
  ASSERT_FALSE(alone.exact);
  EXPECT_EQ(alone.x, both.x);
  EXPECT_EQ(alone.lines[0].columns.size(), 3u);  // smooth was not wanted
  for (std::size_t f = 0; f < 3; ++f) {
    for (std::size_t i = 0; i < alone.x.size(); ++i)
      EXPECT_EQ(std::bit_cast<std::uint64_t>(alone.lines[0].columns[f][i]), std::bit_cast<std::uint64_t>(both.lines[0].columns[f][i]));
  }
}

TEST_P(ManyCurvesTest, ASmoothedPrefixIsTheSameHoweverLongTheRunIsAndAConstantStaysOne) {
  const auto brief = new_run(), lasting = new_run();
  Points points;
  for (int i = 0; i < 20'000; ++i) points.push_back({i, i, std::sin(i * 0.01) + (i % 7) * 0.1});
  log(brief, "m", std::span(points).first(6000));
  log(lasting, "m", points);
  Points constant;
  for (int i = 0; i < 3000; ++i) constant.push_back({3 * i, i, 0.1});
  for (const auto& run : {brief, lasting}) {
    log(run, "c", constant);
    seal(run);
  }
  CurveSetQuery query{.runs = {{brief, lasting}, {}},
                      .keys = {"m"},
                      .from = 1000,
                      .to = 5000,
                      .buckets = 100,
                      .half_life = 200,
                      .want = {CurveFigure::smooth, CurveFigure::count}};
  const auto set = draw(query);
  ASSERT_EQ(set.lines.size(), 2u);
  EXPECT_EQ(set.lines[0].columns, set.lines[1].columns);
  EXPECT_EQ(draw(query).lines[0].columns, set.lines[0].columns);  // as it was the first time, from what is remembered
  query.keys = {"c"};
  query.from = query.to = std::nullopt;
  const auto flat = draw(query);
  for (const auto figure : flat.lines[0].columns[0]) EXPECT_EQ(figure, 0.1);
}

TEST_P(ManyCurvesTest, GroupsWeighEachMemberTheSame) {
  std::vector<std::string> runs;
  const auto add = [&](const char* model, const Points& points) {
    runs.push_back(new_run());
    if (model) ASSERT_TRUE(service_.log_batch(runs.back(), {.metrics = {}, .params = {{"model", model}}, .tags = {}}));
    log(runs.back(), "loss", points);
  };
  add("mlp", {{0, 1, 1}, {1, 2, 2}, {1, 3, 4}, {2, 4, kNaN}});  // two points at step 1: the last counts, once
  add("mlp", {{0, 1, 3}, {1, 2, 8}});
  add(nullptr, {{0, 1, 10}, {2, 2, 11}});
  add("mlp", {});
  const CurveSetQuery query{.runs = {runs, {}},
                            .keys = {"loss"},
                            .group = CurveSetQuery::Grouping{{"params.model"}, Band::deviation},
                            .want = {CurveFigure::last, CurveFigure::min, CurveFigure::max, CurveFigure::count}};
  auto set = draw(query);
  ASSERT_EQ(set.lines.size(), 2u);
  EXPECT_EQ(set.matched, 4);
  EXPECT_EQ(set.drawn, 3);
  const auto& mlp = set.lines[0];
  EXPECT_EQ(mlp.name, "mlp");
  EXPECT_THAT(mlp.group, ElementsAre(Cell("mlp")));
  EXPECT_EQ(mlp.members, 2);
  EXPECT_EQ(mlp.nan, 1);
  EXPECT_EQ(mlp.first_nan, Step{2});
  EXPECT_THAT(mlp.contributing, ElementsAre(2, 2, 0));
  EXPECT_THAT(mlp.columns[3], ElementsAre(2, 3, 1));
  EXPECT_EQ(mlp.columns[0][0], 2);
  EXPECT_EQ(mlp.columns[0][1], 6);
  EXPECT_TRUE(is_absent(mlp.columns[0][2]));
  EXPECT_NEAR(mlp.columns[1][1], 6 - std::sqrt(8), 1e-12);
  EXPECT_NEAR(mlp.columns[2][1], 6 + std::sqrt(8), 1e-12);
  EXPECT_THAT(set.lines[1].group, ElementsAre(Cell()));
  EXPECT_EQ(set.lines[1].columns[0][2], 11);
  EXPECT_TRUE(is_absent(set.lines[1].columns[1][2]));  // one value has no deviation

  auto other = query;
  other.group->band = Band::range;
  EXPECT_EQ(draw(other).lines[0].columns[1][1], 4);
  other.group->band = Band::confidence;
  EXPECT_NEAR(draw(other).lines[0].columns[2][1], 6 + 12.706204736 * 2, 1e-6);  // t of one degree of freedom, times the standard error
  other.group->band = Band::none;
  EXPECT_TRUE(is_absent(draw(other).lines[0].columns[2][1]));
}

TEST_P(ManyCurvesTest, FarOutliersAreCountedOutsideOfTheView) {
  const auto run = new_run();
  Points points;
  for (int i = 0; i < 3000; ++i) points.push_back({i, i, std::sin(i * 0.1)});
  points[77].value = 1e6;
  points[2000].value = -kInfinity;
  points[2001].value = kNaN;
  log(run, "m", points);
  seal(run);
  CurveSetQuery query{.runs = {{run}, {}}, .keys = {"m"}, .buckets = 300, .clip = true};
  const auto view = draw(query).view.value();
  EXPECT_NEAR(view.low, -1, 0.01);
  EXPECT_NEAR(view.high, 1, 0.01);
  EXPECT_EQ(view.outside, 2);
  query.from = 100;
  EXPECT_EQ(draw(query).view->outside, 1);
  query.clip = false;
  EXPECT_FALSE(draw(query).view);
}

TEST_P(ManyCurvesTest, ASearchChoosesItsFirst) {
  std::vector<std::string> runs;
  for (int i = 0; i < 5; ++i) {
    runs.push_back(new_run());
    log(runs.back(), "auc", Points{{0, 1, i / 10.0}});
  }
  const CurveSetQuery query{.runs = {{}, Search{.experiment_ids = {"0"}, .order_by = {"metrics.auc DESC"}, .limit = 2}}, .keys = {"auc"}};
  const auto set = draw(query);
  EXPECT_EQ(set.matched, 5);
  EXPECT_EQ(set.drawn, 2);
  ASSERT_EQ(set.lines.size(), 2u);
  EXPECT_EQ(set.lines[0].run, runs[4]);
  EXPECT_EQ(set.lines[1].run, runs[3]);
}

TEST_P(ManyCurvesTest, WhatIsTooMuchOrMakesNoSenseIsRefused) {
  const auto run = new_run();
  log(run, "m", Points{{0, 1, 1}});
  const CurveSetQuery good{.runs = {{run, "none", run}, {}}, .keys = {"m"}};
  EXPECT_EQ(draw(good).lines.size(), 1u);
  const auto refused = [&](auto change) {
    auto query = good;
    change(query);
    const auto got = many_.curves(query);
    EXPECT_FALSE(got);
    return got ? "" : got.error().code == Code::invalid ? got.error().message : "not invalid";
  };
  EXPECT_THAT(refused([](auto& query) { query.keys = {}; }), HasSubstr("1 to 24 keys"));
  EXPECT_THAT(refused([](auto& query) { query.keys.resize(25, "k"); }), HasSubstr("not 25"));
  EXPECT_THAT(refused([](auto& query) { query.buckets = 0; }), HasSubstr("buckets"));
  EXPECT_THAT(refused([](auto& query) { query.half_life = kNaN; }), HasSubstr("half-life"));
  EXPECT_THAT(refused([](auto& query) { query.half_life = -1; }), HasSubstr("half-life"));
  EXPECT_THAT(refused([](auto& query) { query.runs.ids.resize(1001, "r"); }), HasSubstr("at most 1000"));
  EXPECT_THAT(refused([](auto& query) { query.group = CurveSetQuery::Grouping{{"nonsense"}, Band::none}; }), HasSubstr("nonsense"));
  EXPECT_THAT(refused([](auto& query) { query.runs.search = Search{.experiment_ids = {"0"}, .filter = "a >"}; }), HasSubstr("column"));
}

TEST(RobustView, KeepsWhatIsNotFarOff) {
  EXPECT_FALSE(robust_view({}));
  EXPECT_FALSE(robust_view({kNaN, kInfinity}));
  EXPECT_EQ(robust_view({3}), std::pair(3.0, 3.0));
  std::vector<double> values;
  for (int i = 0; i <= 100; ++i) values.push_back(i);
  values.insert(values.end(), {200, 1e9, -1e9, kInfinity});
  EXPECT_EQ(robust_view(values), std::pair(0.0, 200.0));
  EXPECT_EQ(robust_view({0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 7}), std::pair(0.0, 7.0));
}

INSTANTIATE_TEST_SUITE_P(Backends, ManyCurvesTest, testing::Values("SqliteMemory", "Postgres"), [](const auto& info) { return std::string(info.param); });

}  // namespace
}  // namespace gyre::tracking

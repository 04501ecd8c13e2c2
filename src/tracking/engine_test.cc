// The tail, the chunks and what is read of them, held against the plain list of points.
#include "tracking/engine.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <limits>
#include <random>
#include <set>
#include <thread>

#include "tracking/chunk_codec.h"
#include "tracking/curve_testing.h"
#include "tracking/tracking.h"

namespace gyre::tracking {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN(), kInfinity = std::numeric_limits<double>::infinity();

class EngineTest : public CurveTest {
 protected:
  std::int64_t count(std::string_view table) {
    struct Count {
      std::int64_t n;
    };
    return db_->read([&](sql::Tx& tx) { return tx.select<Count>("SELECT COUNT(*) FROM " + std::string(table)); }).value().front().n;
  }
};

std::vector<Point> in_order(std::vector<Point> points) {
  std::ranges::sort(points, step_less);
  points.erase(std::ranges::unique(points, same_point).begin(), points.end());
  return points;
}

void expect_same(const std::vector<Point>& got, const std::vector<Point>& expected) {
  ASSERT_EQ(got.size(), expected.size());
  for (std::size_t i = 0; i < got.size(); ++i)
    ASSERT_TRUE(same_point(got[i], expected[i])) << i << ": " << got[i].step << " " << got[i].value << " for " << expected[i].step << " " << expected[i].value;
}

// Steps that go back, repetitions, NaN and infinities, two processes that write the same steps.
std::vector<Point> wild_points(std::mt19937_64& random, std::size_t count) {
  std::vector<Point> points;
  std::int64_t step = static_cast<std::int64_t>(random() % 100) - 50;
  double walk = 1;
  for (std::size_t i = 0; i < count; ++i) {
    step += static_cast<std::int64_t>(random() % 5) - 1;
    walk += (static_cast<double>(random() % 1000) - 500) / 1e4;
    double value = walk;
    if (random() % 50 == 0) value = kNaN;
    if (random() % 97 == 0) value = random() % 2 ? kInfinity : -kInfinity;
    if (random() % 31 == 0) value = -0.0;
    points.push_back({step, 5000 + 3 * static_cast<std::int64_t>(i) - static_cast<std::int64_t>(random() % 7), value});
    if (random() % 20 == 0) points.push_back(points[random() % points.size()]);
  }
  return points;
}

TEST_P(EngineTest, HistoryIsTheSameSealedOrNot) {
  std::mt19937_64 random(11);
  for (const std::size_t size : {1, 63, 1024, 1025, 5000}) {
    const auto run = new_run();
    const auto points = wild_points(random, size);
    const auto half = points.size() / 2;
    log(run, "m", std::span(points).first(half));
    log(run, "other", std::span(points).first(half));
    seal(run);
    log(run, "m", std::span(points).subspan(half));
    expect_same(history(run, "m"), in_order(points));
    seal(run);
    expect_same(history(run, "m"), in_order(points));
    expect_same(history(run, "m", 100'000), in_order(points));
    expect_same(history(run, "other"), in_order({points.begin(), points.begin() + static_cast<std::ptrdiff_t>(half)}));
  }
  EXPECT_EQ(count("metric_tail"), 0);
  EXPECT_THAT(service_.verify()->problems, testing::IsEmpty());
}

TEST_P(EngineTest, SealingInSmallStepsFillsChunks) {
  const auto run = new_run();
  std::vector<Point> points;
  for (std::int64_t i = 0; i < 3000; ++i) points.push_back({i, i, static_cast<double>(i)});
  for (std::size_t i = 0; i < points.size(); i += 100) {
    log(run, "m", std::span(points).subspan(i, 100));
    seal(run);
  }
  EXPECT_EQ(count("metric_chunks"), 6);
  EXPECT_EQ(count("metric_sheets"), 1);
  expect_same(history(run, "m"), points);
}

TEST_P(EngineTest, ManySheetsHoldALongSeries) {
  const auto run = new_run();
  std::vector<Point> points;
  for (std::int64_t i = 0; i < 270'000; ++i) points.push_back({i, 2 * i, std::sin(static_cast<double>(i))});
  log(run, "m", std::span(points).first(200'000));
  seal(run);
  log(run, "m", std::span(points).subspan(200'000));
  seal(run);
  EXPECT_EQ(count("metric_sheets"), 3);
  const auto page = service_.history(run, "m", 269'000, 2000).value();
  ASSERT_EQ(page.rows.size(), 1000u);
  EXPECT_EQ(page.rows.front().step, 269'000);
  EXPECT_EQ(service_.series(run)->front().points, 270'000);
  EXPECT_THAT(service_.verify()->problems, testing::IsEmpty());
}

// What a picture must show, from all points.
Bucket bucket_of(const std::vector<Point>& points, Axis axis, const std::function<bool(std::int64_t)>& inside) {
  Bucket bucket{0, kNaN, kNaN, 0};
  std::optional<Point> last;
  for (const auto& point : points) {
    if (!inside(axis == Axis::step ? point.step : point.at_ms)) continue;
    ++bucket.count;
    bucket.min = std::fmin(bucket.min, point.value);
    bucket.max = std::fmax(bucket.max, point.value);
    if (!last || (axis == Axis::step ? by_step(point, *last) : by_time(point, *last)) > 0) last = point;
  }
  if (last) bucket.last = last->value;
  return bucket;
}

// No border lies further than half a width from where it would with equal widths, so that a picture has no gap and no crowd.
void expect_about_even(const std::vector<double>& starts, double first, double last, std::size_t buckets) {
  const double widest = 2.000001 * (last - first) / static_cast<double>(buckets);
  ASSERT_EQ(starts.front(), first);
  ASSERT_LE(starts.size(), buckets);
  for (std::size_t i = 0; i < starts.size(); ++i) ASSERT_LE((i + 1 < starts.size() ? starts[i + 1] : last) - starts[i], widest);
}

void expect_picture(const Curves& curves, const std::vector<Point>& points, const CurveQuery& query, std::int64_t origin) {
  const double from = query.from.value_or(-9e17) + static_cast<double>(origin), to = query.to.value_or(9e17) + static_cast<double>(origin);
  std::set<std::int64_t> xs;
  for (const auto& point : points) {
    const auto x = query.axis == Axis::step ? point.step : point.at_ms;
    if (static_cast<double>(x) >= from && static_cast<double>(x) <= to) xs.insert(x);
  }
  ASSERT_EQ(curves.exact, xs.size() <= query.buckets);
  if (curves.exact)
    ASSERT_EQ(curves.x.size(), xs.size());
  else
    expect_about_even(curves.starts, static_cast<double>(*xs.begin()), static_cast<double>(*xs.rbegin()), query.buckets);
  for (std::size_t i = 0; i < curves.x.size(); ++i) {
    const auto inside = [&](std::int64_t x) {
      const auto at = static_cast<double>(x);
      if (at < from || at > to) return false;
      if (curves.exact) return at == curves.x[i] + static_cast<double>(origin);
      return (i == 0 || at >= curves.starts[i]) && (i + 1 == curves.starts.size() || at < curves.starts[i + 1]);
    };
    const auto expected = bucket_of(points, query.axis, inside);
    const auto& got = curves.curves[0].buckets[i];
    ASSERT_EQ(got.count, expected.count) << i;
    if (expected.count == 0) continue;
    ASSERT_TRUE(compare_values(got.last, expected.last) == 0) << i << ": " << got.last << " for " << expected.last;
    ASSERT_TRUE(got.min == expected.min || (std::isnan(got.min) && std::isnan(expected.min))) << i;
    ASSERT_TRUE(got.max == expected.max || (std::isnan(got.max) && std::isnan(expected.max))) << i;
  }
}

TEST_P(EngineTest, PicturesShowAllPointsAtAnyZoom) {
  std::mt19937_64 random(5);
  for (int round = 0; round < 4; ++round) {
    const auto run = new_run();
    const auto points = wild_points(random, round == 0 ? 40 : 9000);
    const auto cut = random() % points.size();
    log(run, "m", std::span(points).first(cut));
    seal(run);
    log(run, "m", std::span(points).subspan(cut));
    for (int zoom = 0; zoom < 12; ++zoom) {
      CurveQuery query{.run_id = run,
                       .keys = {},
                       .axis = static_cast<Axis>(zoom % 3),
                       .from = {},
                       .to = {},
                       .buckets = zoom % 4 == 3 ? 2 + random() % 8 : 50 + random() % 400};
      const auto origin = query.axis == Axis::relative ? std::int64_t{1000} : 0;
      if (zoom >= 3) query.from = static_cast<double>((query.axis == Axis::step ? 0 : 5000 - origin) + static_cast<std::int64_t>(random() % 5000));
      if (zoom >= 6) query.to = *query.from + static_cast<double>(random() % (zoom >= 9 ? 40 : 20'000));
      expect_picture(service_.curves(query).value(), points, query, origin);
    }
  }
}

TEST_P(EngineTest, ManyPointsAtFewStepsAreDrawnOnThem) {
  const auto run = new_run();
  std::vector<Point> points;
  for (std::int64_t i = 0; i < 6000; ++i) points.push_back({i / 2000, i, static_cast<double>(i % 1000)});
  log(run, "m", points);
  seal(run);
  const CurveQuery query{.run_id = run, .keys = {"m"}, .axis = Axis::step, .from = {}, .to = {}, .buckets = 10};
  const auto curves = service_.curves(query).value();
  EXPECT_TRUE(curves.exact);
  EXPECT_THAT(curves.x, testing::ElementsAre(0, 1, 2));
  expect_picture(curves, points, query, 0);
}

TEST_P(EngineTest, BucketsOfALongCurveBeginWhereItsChunksDo) {
  const auto run = new_run();
  std::vector<Point> points;
  for (std::int64_t i = 0; i < 20 * 1024; ++i) points.push_back({i, 3 * i, std::sin(static_cast<double>(i))});
  log(run, "m", points);
  seal(run);
  const CurveQuery query{.run_id = run, .keys = {"m"}, .axis = Axis::step, .from = {}, .to = {}, .buckets = 8};
  const auto curves = service_.curves(query).value();
  expect_picture(curves, points, query, 0);
  for (const auto start : curves.starts) EXPECT_EQ(std::fmod(start, kSealedChunkPoints), 0) << start;
}

TEST_P(EngineTest, SummariesCountSealedAndUnsealed) {
  const auto run = new_run();
  log(run, "m", std::vector<Point>{{0, 1, 5}, {1, 2, kNaN}, {2, 3, -kInfinity}});
  seal(run);
  log(run, "m", std::vector<Point>{{3, 4, 7}});
  log(run, "nothing", std::vector<Point>{{0, 1, kNaN}});
  const auto all = service_.series(run).value();
  ASSERT_EQ(all.size(), 2u);
  EXPECT_EQ(all[0].points, 4);
  EXPECT_EQ(all[0].min, -kInfinity);
  EXPECT_EQ(all[0].max, 7);
  EXPECT_EQ(all[0].last, 7);
  EXPECT_TRUE(std::isnan(all[1].min));
}

TEST_P(EngineTest, TheSealerWaitsUntilItIsWorthwhile) {
  const auto busy = new_run(), idle = new_run(), small = new_run();
  std::vector<Point> points(20'000);
  for (std::size_t i = 0; i < points.size(); ++i) points[i] = {static_cast<std::int64_t>(i), 1, 1};
  log(busy, "m", points);
  log(idle, "m", std::span(points).first(64));
  log(small, "m", std::span(points).first(63));
  auto& duty = service_.sealing();
  EXPECT_TRUE(duty.run_due(clock_.now_ms())->worked);
  const auto waiting = duty.run_due(clock_.now_ms()).value();
  EXPECT_FALSE(waiting.worked);
  EXPECT_EQ(waiting.next_due_ms, clock_.now_ms() + SealingRule().idle_ms);
  EXPECT_EQ(count("metric_tail"), 2);
  clock_.advance_to(*waiting.next_due_ms);
  EXPECT_TRUE(duty.run_due(clock_.now_ms())->worked);
  const auto over = duty.run_due(clock_.now_ms()).value();
  EXPECT_FALSE(over.worked);
  EXPECT_EQ(over.next_due_ms, std::nullopt);
  EXPECT_EQ(count("metric_tail"), 1);
}

TEST_P(EngineTest, AnotherProcessSealsWhatThisOneLeft) {
  const auto run = new_run();
  log(run, "m", std::vector<Point>(100, {1, 2, 3}));
  Service second{*db_, *blobs_, clock_};
  EXPECT_FALSE(second.sealing().run_due(clock_.now_ms())->worked);
  clock_.advance_to(clock_.now_ms() + SealingRule().idle_ms);
  EXPECT_TRUE(second.sealing().run_due(clock_.now_ms())->worked);
  EXPECT_EQ(count("metric_tail"), 0);
  expect_same(history(run, "m"), {{1, 2, 3}});
}

TEST_P(EngineTest, SealersAndWritersLoseNothingBetweenThem) {
  const auto run = new_run();
  Service second{*db_, *blobs_, clock_};
  std::atomic<bool> over = false;
  std::atomic<int> failed = 0;
  std::vector<std::thread> sealers, writers;
  for (int t = 0; t < 2; ++t) {
    sealers.emplace_back([&] {
      while (!over) {
        if (!seal_run(*db_, run)) ++failed;
      }
    });
    writers.emplace_back([&, t] {
      for (std::int64_t i = 0; i < 40; ++i) {
        Batch batch;
        for (std::int64_t p = 0; p < 20; ++p) batch.metrics.push_back({p % 2 ? "a" : "b" + std::to_string(t), static_cast<double>(t), i, 20 * i + p});
        if (!(t ? second : service_).log_batch(run, batch)) ++failed;
        if (i % 8 == 0) EXPECT_EQ(service_.history(run, "b" + std::to_string(t), 0, 10'000)->rows.size(), 10u * (static_cast<std::size_t>(i) + 1));
      }
    });
  }
  for (auto& writer : writers) writer.join();
  over = true;
  for (auto& sealer : sealers) sealer.join();
  EXPECT_EQ(failed, 0);
  EXPECT_EQ(history(run, "a").size(), 800u);
  EXPECT_THAT(service_.verify()->problems, testing::IsEmpty());
}

TEST_P(EngineTest, AFailedSealingChangesNothing) {
  const auto run = new_run();
  const std::vector<Point> points(200, {1, 2, 3});
  log(run, "m", points);
  const auto faulty = sql::make_faulty(*db_, {.seed = 9, .before = 0.2, .rolled_back = 0.3, .after = 0.2});
  for (int i = 0; i < 30; ++i) {
    (void)seal_run(*faulty, run);
    expect_same(history(run, "m"), {{1, 2, 3}});
    log(run, "m", points);
  }
  EXPECT_EQ(service_.series(run)->front().points, 31 * 200);
  EXPECT_THAT(service_.verify()->problems, testing::IsEmpty());
}

TEST_P(EngineTest, CheckFindsADamagedChunk) {
  const auto run = new_run();
  std::vector<Point> points(300);
  for (std::size_t i = 0; i < points.size(); ++i) points[i] = {static_cast<std::int64_t>(i), 1, std::sin(static_cast<double>(i))};
  log(run, "m", points);
  seal(run);
  auto body = encode_chunk(points);
  body[body.size() / 2] ^= 1;
  ASSERT_TRUE(db_->write([&](sql::Tx& tx) { return tx.exec("UPDATE metric_chunks SET body = $1", sql::Bytes{body}); }));
  EXPECT_EQ(service_.history(run, "m", 0, 10).error().code, Code::internal);
  EXPECT_THAT(service_.verify()->problems, testing::ElementsAre(testing::HasSubstr("chunk 0 of curve 'm' of run " + run)));
  ASSERT_TRUE(db_->write([&](sql::Tx& tx) { return tx.exec("DELETE FROM metric_chunks"); }));
  EXPECT_THAT(service_.verify()->problems, testing::ElementsAre(testing::HasSubstr("a chunk of a curve is missing")));
}

TEST_P(EngineTest, PointsOfAnOlderGyreArePacked) {
  const auto run = new_run();
  log(run, "m", std::vector<Point>{{1, 1, 1}});
  ASSERT_TRUE(db_->write([&](sql::Tx& tx) -> Result<void> {
    TRY(tx.exec("UPDATE metric_series SET points = 2502"));
    for (std::int64_t i = 0; i < 2500; ++i)
      TRY(tx.exec("INSERT INTO metric_points (series_id, step, at_ms, value) SELECT id, $1, $2, $3 FROM metric_series", i + 10, i, 0.5));
    return tx.exec("INSERT INTO metric_points (series_id, step, at_ms, value) SELECT id, 5000, 1, NULL FROM metric_series");
  }));
  ASSERT_TRUE(service_.prepare());
  EXPECT_EQ(count("metric_points"), 0);
  const auto points = history(run, "m");
  ASSERT_EQ(points.size(), 2502u);
  EXPECT_TRUE(std::isnan(points.back().value));
  EXPECT_THAT(service_.verify()->problems, testing::IsEmpty());
}

TEST_P(EngineTest, ServersGiveDifferentNumbers) {
  IdBlocks one(*db_), two(*db_);
  std::set<std::int64_t> seen;
  for (int i = 0; i < 50; ++i) {
    EXPECT_TRUE(seen.insert(one.take(1).value()).second);
    EXPECT_TRUE(seen.insert(two.take(1).value()).second);
  }
  const auto far = one.take(IdBlocks::kBlock).value();
  EXPECT_TRUE(seen.insert(far).second);
  EXPECT_GT(one.take(1).value(), far);
}

INSTANTIATE_TEST_SUITE_P(Backends, EngineTest, testing::Values("SqliteMemory", "Postgres"), [](const auto& info) { return std::string(info.param); });

}  // namespace
}  // namespace gyre::tracking

// Steps with fractions: exact in order, in chunks and tails, through sealing, and beside what was written before there were any.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <cstring>
#include <functional>
#include <limits>
#include <map>
#include <random>

#include "base/base64.h"
#include "tracking/chunk_codec.h"
#include "tracking/curve_testing.h"
#include "tracking/engine.h"
#include "tracking/summary.h"
#include "tracking/tail.h"

namespace gyre::tracking {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN(), kInfinity = std::numeric_limits<double>::infinity();

Point at(double step, std::int64_t at_ms = 0, double value = 0) {
  const auto exact = step_of(step).value();
  return {exact.whole, at_ms, value, exact.fraction};
}

TEST(Steps, AreExactOverAllDoublesWithinTheirRange) {
  for (const double number : {0.25, -0.25, -0.1, 0.1, -1e-20, 5e-324, 1e15 + 0.125, -4503599627370495.5, -0x1p63, 0x1p62, 3.0, -0.0}) {
    const auto step = step_of(number).value();
    EXPECT_EQ(number_of(step), number);
    EXPECT_TRUE(is_fraction(step.fraction) && !(step.fraction == 0 && std::signbit(step.fraction))) << number;
  }
  for (const double number : {kNaN, kInfinity, -kInfinity, 0x1p63, -0x1.0000000000001p63, 1e300})
    EXPECT_EQ(step_of(number).error().code, Code::invalid) << number;
}

TEST(Steps, StandInTheOrderOfNumbers) {
  const double rising[] = {-0x1p63, -2, -1.5, -1, -0.75, -0.1, -1e-20, 0, 1e-20, 0.1, 1, 1.25, 1.5, 2, 0x1p62};
  for (std::size_t i = 0; i + 1 < std::size(rising); ++i) EXPECT_TRUE(step_less(at(rising[i], 9, 9), at(rising[i + 1], 0, 0))) << rising[i];
  EXPECT_TRUE(step_less(Point{INT64_MAX - 1, 0, 0}, Point{INT64_MAX, 0, 0}));
  EXPECT_TRUE(step_less(at(0.5, 1), at(0.5, 2)));
}

void expect_same(const Points& got, const Points& expected) {
  ASSERT_EQ(got.size(), expected.size());
  for (std::size_t i = 0; i < got.size(); ++i) ASSERT_TRUE(same_point(got[i], expected[i])) << i << ": " << got[i].step << " " << got[i].fraction;
}

// Bytes of before there were fractions.
const Points kOldPoints{{-5, 1000, 0.5}, {0, 1000, 0.25}, {3, 1010, 1e300}, {3, 1020, -0.0}, {1LL << 62, 990, 7}};
constexpr auto kOldChunk =
    "01050028b52ffd243ad1010009140305faffffffffffffff7fd00fcf0f14004f0102fb000067670000001d1d00000022220000000f0f000000f9f900f80c798d070f00103f30d88aa1e4";
constexpr auto kOldTail =
    "0102040102040000000000000840090509d00f000000000000e03f0a00000000000000d03f06149c7500883ce4377e00140000000000000080faffffffffffffff7f3b0000000000001c40";
constexpr auto kOldSheet =
    "0105000000000000000500000000000000fbffffffffffffffe803000000000000000000000000e03f0000000000000040de030000000000000000000000001c40"
    "de030000000000000300000000000000fc03000000000000000000000000008000000000000000809c7500883ce4377e"
    "01000000000000000100000000000000050000000000000006000000000000000000000000001c4005000000000000000600000000000000"
    "0000000000001c400600000000000000050000000000000006000000000000000000000000001c400000000000001c400000000000001c40";

std::string bytes_of(std::string_view hex) { return from_hex(hex).value(); }

TEST(Steps, OldBytesAreReadAndPointsOfWholeStepsAreStillWrittenSo) {
  Points chunk;
  ASSERT_TRUE(decode_chunk(bytes_of(kOldChunk), chunk));
  expect_same(chunk, kOldPoints);
  EXPECT_EQ(encode_chunk(kOldPoints), bytes_of(kOldChunk));

  TailPoints tail;
  ASSERT_TRUE(unpack_tail(bytes_of(kOldTail), tail));
  expect_same(tail[9], kOldPoints);
  expect_same(tail[4], {{1, 2, 3}});
  std::vector<TailEntry> entries{{4, {1, 2, 3}}};
  for (const auto& point : kOldPoints) entries.push_back({9, point});
  EXPECT_EQ(pack_tail(entries), bytes_of(kOldTail));

  const auto sheet = unpack_sheet(bytes_of(kOldSheet)).value();
  ASSERT_EQ(sheet.size(), 2u);
  EXPECT_TRUE(same_point(sheet[0].first, kOldPoints.front()) && same_point(sheet[0].last, kOldPoints.back()));
  EXPECT_FALSE(sheet[0].tally);
  const auto rewritten = unpack_sheet(pack_sheet(std::array{sheet[0], summary_of(Point{5, 6, 7})})).value();  // as the sealer does beside new chunks
  EXPECT_TRUE(same_point(rewritten[0].first, kOldPoints.front()) && same_point(rewritten[0].last, kOldPoints.back()));
  EXPECT_FALSE(rewritten[0].tally);
  EXPECT_EQ(rewritten[1].tally.value().sum, 7);
}

TEST(Steps, ChunksTailsAndSheetsKeepFractions) {
  std::mt19937_64 random(3);
  for (int round = 0; round < 60; ++round) {
    Points points;
    const double pace = round % 3 == 0 ? 0.25 : round % 3 == 1 ? 0.1 : 1e-7;
    const auto count = 1 + random() % kMaxChunkPoints;
    for (std::size_t i = 0; i < count; ++i)
      points.push_back(at((static_cast<double>(i) - 100) * pace, static_cast<std::int64_t>(i), static_cast<double>(i % 9)));
    Points back;
    ASSERT_TRUE(decode_chunk(encode_chunk(points), back));
    expect_same(back, points);
    std::vector<TailEntry> entries{{1, {3, 3, 3}}};
    for (const auto& point : points) entries.push_back({7, point});
    TailPoints tail, part;
    const auto packed = pack_tail(entries);
    ASSERT_TRUE(unpack_tail(packed, tail));
    std::ranges::sort(tail[7], step_less);
    expect_same(tail[7], points);
    expect_same(tail[1], {{3, 3, 3}});
    const std::int64_t only[] = {1};
    ASSERT_TRUE(unpack_tail(packed, part, only));
    EXPECT_EQ(part.size(), 1u);
    const auto sheet = unpack_sheet(pack_sheet(std::array{summary_of(points), summary_of(Point{1, 2, 3})})).value();
    EXPECT_TRUE(same_point(sheet[0].first, points.front()) && same_point(sheet[0].last, points.back()) && same_point(sheet[1].last, {1, 2, 3}));
  }
  Points quarters;
  for (int i = 0; i < 512; ++i) quarters.push_back(at(i * 0.25, i, 0.5));
  EXPECT_LT(encode_chunk(quarters).size(), 100u);
}

TEST(Steps, DamageInThemIsTold) {
  const Points points{at(0.5, 1, 1), at(0.75, 2, kNaN)};
  const auto tail = pack_tail({{1, points[0]}, {1, points[1]}});
  const auto sheet = pack_sheet(std::array{summary_of(points)});
  const auto chunk = encode_chunk(points);
  for (const auto& [bytes, read] :
       std::map<std::string, std::function<bool(std::string_view)>>{{tail,
                                                                     [](std::string_view b) {
                                                                       TailPoints out;
                                                                       return unpack_tail(b, out).has_value();
                                                                     }},
                                                                    {sheet, [](std::string_view b) { return unpack_sheet(b).has_value(); }},
                                                                    {chunk, [](std::string_view b) {
                                                                       Points out;
                                                                       return decode_chunk(b, out).has_value();
                                                                     }}}) {
    EXPECT_TRUE(read(bytes));
    for (std::size_t size = 2; size < bytes.size(); ++size) EXPECT_FALSE(read(std::string_view(bytes).substr(0, size))) << size;
  }
  for (const double wrong : {kNaN, 1.0, -1.0, kInfinity}) {
    auto bad_tail = tail, bad_sheet = sheet;  // a tail ends with a fraction, and a sheet whose points have a NaN
    std::memcpy(bad_tail.data() + bad_tail.size() - sizeof wrong, &wrong, sizeof wrong);
    std::memcpy(bad_sheet.data() + bad_sheet.size() - sizeof wrong, &wrong, sizeof wrong);
    TailPoints none;
    EXPECT_FALSE(unpack_tail(bad_tail, none)) << wrong;
    EXPECT_FALSE(unpack_sheet(bad_sheet)) << wrong;
    Points out;
    EXPECT_FALSE(decode_chunk(encode_chunk(Points{{0, 0, 0, wrong}}), out)) << wrong;
  }
}

class StepsTest : public CurveTest {
 protected:
  Step latest(const std::string& run, std::string_view key) {
    const auto metrics = service_.run(run).value().metrics;
    return step_of(*std::ranges::find(metrics, key, &Metric::key));
  }
};

// Whole steps, fractional ones, both at once, below zero, going back, repeated.
Points mixed_points(std::mt19937_64& random, std::size_t count) {
  constexpr double kPaces[] = {1, 0.25, 0.5, 1.0 / 3, 0.1};
  Points points;
  double step = -20;
  for (std::size_t i = 0; i < count; ++i) {
    step += kPaces[random() % std::size(kPaces)] * static_cast<double>(static_cast<std::int64_t>(random() % 4) - 1);
    if (random() % 3 == 0) step = std::round(step);
    const double value = random() % 40 == 0 ? kNaN : static_cast<double>(random() % 10'000) / 16;
    points.push_back(at(step, 5000 + static_cast<std::int64_t>(random() % 3000), value));
    if (random() % 20 == 0) points.push_back(points[random() % points.size()]);
  }
  return points;
}

Points in_order(Points points) {
  std::ranges::sort(points, step_less);
  points.erase(std::ranges::unique(points, same_point).begin(), points.end());
  return points;
}

// What each place of a picture must show, from the plain list.
std::map<std::size_t, Bucket> naive_picture(const Points& all, const CurveQuery& query, const Curves& curves) {
  std::map<std::size_t, Bucket> picture;
  Points points = all;
  std::erase_if(points, [&](const Point& point) {
    const auto x = number_of(step_of(point));
    return x < query.from.value_or(-kInfinity) || x > query.to.value_or(kInfinity);
  });
  std::ranges::sort(points, step_less);
  if (points.empty()) return picture;
  for (const auto& point : points) {
    const auto x = number_of(step_of(point));
    const auto place = curves.exact ? static_cast<std::size_t>(std::ranges::lower_bound(curves.x, x) - curves.x.begin())
                                    : static_cast<std::size_t>(std::ranges::upper_bound(curves.starts, x) - curves.starts.begin()) - 1;
    if (curves.exact) EXPECT_EQ(curves.x[place], x);
    auto& sum = picture.try_emplace(place, Bucket{0, kNaN, kNaN, 0}).first->second;
    sum = {point.value, std::fmin(sum.min, point.value), std::fmax(sum.max, point.value), sum.count + 1};
  }
  return picture;
}

void expect_picture(const Curves& curves, const Points& points, const CurveQuery& query) {
  const auto expected = naive_picture(points, query, curves);
  for (std::size_t i = 0; i < curves.x.size(); ++i) {
    const auto& got = curves.curves[0].buckets[i];
    const auto at = expected.find(i);
    ASSERT_EQ(got.count, at == expected.end() ? 0 : at->second.count) << i;
    if (at == expected.end()) continue;
    const std::pair<double, double> pairs[] = {{got.last, at->second.last}, {got.min, at->second.min}, {got.max, at->second.max}};
    for (const auto& [ours, theirs] : pairs) ASSERT_TRUE(ours == theirs || (std::isnan(ours) && std::isnan(theirs))) << i << ": " << ours << " for " << theirs;
  }
  if (!expected.empty()) ASSERT_LT(expected.rbegin()->first, curves.x.size());
}

TEST_P(StepsTest, AnyMixIsTheSameSealedOrNotAtAnyZoom) {
  std::mt19937_64 random(17);
  for (const std::size_t size : {1, 30, 700, 4000}) {
    const auto run = new_run();
    const auto points = mixed_points(random, size);
    const auto cut = random() % points.size();
    log(run, "m", std::span(points).first(cut));
    seal(run);
    log(run, "m", std::span(points).subspan(cut));
    for (int sealed = 0; sealed < 2; ++sealed) {
      expect_same(history(run, "m"), in_order(points));
      for (int zoom = 0; zoom < 8; ++zoom) {
        CurveQuery query{.run_id = run, .keys = {}, .axis = Axis::step, .from = {}, .to = {}, .buckets = zoom % 2 ? 4 + random() % 60 : 2400};
        if (zoom >= 2) query.from = static_cast<double>(static_cast<std::int64_t>(random() % 400) - 200) / 8;
        if (zoom >= 4) query.to = *query.from + static_cast<double>(random() % 100) / 8;
        expect_picture(service_.curves(query).value(), points, query);
      }
      const auto last = in_order(points).back();
      EXPECT_EQ(service_.series(run)->front().last_step, step_of(last));
      EXPECT_EQ(latest(run, "m"), step_of(last));
      seal(run);
    }
  }
  EXPECT_THAT(service_.verify()->problems, testing::IsEmpty());
}

TEST_P(StepsTest, TheLatestIsTheOneOfTheLargestStep) {
  const auto run = new_run();
  log(run, "m", Points{at(1.5, 10, 1)});
  log(run, "m", Points{at(1.25, 99, 2)});
  EXPECT_EQ(latest(run, "m"), (Step{1, 0.5}));
  log(run, "m", Points{at(1.75, 1, 3)});
  log(run, "m", Points{at(1, 99, 4)});
  EXPECT_EQ(latest(run, "m"), (Step{1, 0.75}));
  EXPECT_EQ(service_.search_runs({.experiment_ids = {"0"}, .filter = "metrics.m = 3"})->rows.size(), 1u);
  EXPECT_EQ(service_.series(run)->front().last_step, (Step{1, 0.75}));
}

TEST_P(StepsTest, WhatIsOwedKeepsThem) {
  const auto run = new_run();
  for (const double step : {0.5, 0.75, 0.25}) {
    Batch batch;
    const auto exact = step_of(step).value();
    for (int i = 0; i < 20; ++i) batch.metrics.push_back({"m" + std::to_string(i), step, 1, exact.whole, exact.fraction});
    ASSERT_TRUE(service_.log_batch(run, batch));
  }
  EXPECT_EQ(latest(run, "m7"), (Step{0, 0.75}));
  ASSERT_TRUE(settle_owed(*db_));
  EXPECT_EQ(latest(run, "m7"), (Step{0, 0.75}));
  EXPECT_EQ(service_.search_runs({.experiment_ids = {"0"}, .filter = "metrics.m7 = 0.75"})->rows.size(), 1u);
  seal(run);
  expect_same(history(run, "m7"), {at(0.25, 1, 0.25), at(0.5, 1, 0.5), at(0.75, 1, 0.75)});
  EXPECT_THAT(service_.verify()->problems, testing::IsEmpty());
}

TEST_P(StepsTest, SampledHistoriesTellStepsApartAndAskByTheirWholeParts) {
  const auto run = new_run();
  Points points;
  for (int i = 0; i < 41; ++i) points.push_back(at(i * 0.25, i, i));
  log(run, "m", points);
  EXPECT_EQ(service_.sampled_history(run, "m", StepRange{2, 3}, 100)->size(), 8u);
  const auto few = service_.sampled_history(run, "m", std::nullopt, 5).value();
  ASSERT_EQ(few.size(), 5u);
  EXPECT_EQ(step_of(few[1]), (Step{2, 0.5}));
}

TEST_P(StepsTest, CheckHoldsFractionsAgainstTheSheet) {
  const auto run = new_run();
  log(run, "m", Points{at(0.25, 1, 1), at(0.5, 2, 2)});
  seal(run);
  const auto other = encode_chunk(Points{at(0.25, 1, 1), at(0.75, 2, 2)});
  ASSERT_TRUE(db_->write([&](sql::Tx& tx) { return tx.exec("UPDATE metric_chunks SET body = $1", sql::Bytes{other}); }));
  EXPECT_THAT(service_.verify()->problems, testing::ElementsAre(testing::HasSubstr("holds other points than its sheet says")));
}

INSTANTIATE_TEST_SUITE_P(Backends, StepsTest, testing::Values("SqliteMemory", "Postgres"), [](const auto& info) { return std::string(info.param); });

}  // namespace
}  // namespace gyre::tracking

#include "app/demo/slices.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "base/file.h"

namespace gyre::demo {
namespace {

constexpr TimeMs kNewYear = 978'307'200'000;  // Monday 2001-01-01

// Four weeks of four routes, each with flights of its own times; delays are such that every second flight is late.
class SlicesTest : public testing::Test {
 protected:
  void SetUp() override {
    const auto written = query::execute(
        *engine_,
        fmt::format(
            "COPY (SELECT TIMESTAMP '2001-01-01 05:00:00' + to_days(d::INTEGER) + to_minutes((r * 7 + k * 60)::INTEGER) AS date, (CASE WHEN (d + k) % 2 = 0 "
            "THEN 40 ELSE 3 END)::BIGINT AS delay, "
            "(100 + r)::BIGINT AS distance, 'A' || r AS origin, 'B' || r AS destination FROM range(28) days(d), range(4) routes(r), range(5) flights(k) "
            "UNION ALL SELECT TIMESTAMP '2001-01-03 09:00:00', 1447, 100, 'A0', 'B0' UNION ALL SELECT TIMESTAMP '2001-07-01 00:00:00', 1, 100, 'A0', 'B0' "
            "ORDER BY date) "
            "TO {} (FORMAT parquet)",
            query::quote(source_.string())));
    ASSERT_TRUE(written) << written.error().message;
  }

  SliceOptions options(std::string_view folder) { return {.source = source_, .folder = folder_.path() / folder}; }

  const ScratchFolder folder_;
  const std::filesystem::path source_ = folder_.path() / "flights.parquet";
  std::unique_ptr<query::Engine> engine_ = query::open({});
};

TEST_F(SlicesTest, EachDayHasItsFlightsAndItsLabels) {
  const auto days = cut_days(*engine_, options("days")).value();
  ASSERT_EQ(days.size(), 28U);
  EXPECT_EQ(days.front(), kNewYear);
  const auto third = read_day(*engine_, options("days").folder, kNewYear + 2 * kDayMs).value();
  ASSERT_EQ(third.rows(), 20U) << "without the flight whose delay is a wrapped date";
  EXPECT_TRUE(std::ranges::is_sorted(third.hour));
  EXPECT_EQ(third.hour.front(), 5);
  EXPECT_EQ(third.dow.front(), 3);
  EXPECT_EQ(third.dep_min.front(), 300);
  EXPECT_EQ(std::ranges::count(third.late, true), 12);
}

TEST_F(SlicesTest, FlightsDoNotTellHowTheyEnded) {
  ASSERT_TRUE(cut_days(*engine_, options("days")));
  const auto shape = query::describe(*engine_, flights_of(options("days").folder, kNewYear), "parquet").value();
  for (const auto& column : shape.columns) EXPECT_TRUE(column.name != "late" && column.name != "delay");
}

TEST_F(SlicesTest, IdsAreThoseOfTheFile) {
  ASSERT_TRUE(cut_days(*engine_, options("one")));
  ASSERT_TRUE(cut_days(*engine_, options("two")));
  std::set<std::int64_t> seen;
  for (auto day = kNewYear; day < kNewYear + 28 * kDayMs; day += kDayMs) {
    const auto one = read_day(*engine_, options("one").folder, day).value(), two = read_day(*engine_, options("two").folder, day).value();
    EXPECT_EQ(one.flight_id, two.flight_id);
    seen.insert(one.flight_id.begin(), one.flight_id.end());
  }
  EXPECT_EQ(seen.size(), 560U);
}

TEST_F(SlicesTest, ASmallCutHasWholeRoutes) {
  auto small = options("small");
  small.small = true;
  ASSERT_TRUE(cut_days(*engine_, small));
  std::map<std::string, int> flights;
  for (const auto& entry : std::filesystem::directory_iterator(small.folder / "flights")) {
    const auto day = read_day(*engine_, small.folder, *from_iso(entry.path().stem().string())).value();
    for (const auto& origin : day.origin) ++flights[origin];
  }
  for (const auto& [origin, count] : flights) EXPECT_EQ(count, 140) << origin;
}

TEST_F(SlicesTest, ShufflingMovesWholeWeeksOfARoute) {
  auto shuffled = options("shuffled");
  shuffled.shuffle_weeks = true;
  ASSERT_EQ(cut_days(*engine_, shuffled).value().size(), 28U);
  ASSERT_TRUE(cut_days(*engine_, options("days")));
  int moved = 0;
  std::map<std::pair<std::string, TimeMs>, std::set<TimeMs>> weeks;  // route and week before -> weeks after
  std::map<std::int64_t, TimeMs> before;
  for (auto day = kNewYear; day < kNewYear + 28 * kDayMs; day += kDayMs) {
    for (const auto id : read_day(*engine_, options("days").folder, day).value().flight_id) before[id] = day;
  }
  for (auto day = kNewYear; day < kNewYear + 28 * kDayMs; day += kDayMs) {
    const auto flights = read_day(*engine_, shuffled.folder, day).value();
    for (std::size_t row = 0; row < flights.rows(); ++row) {
      const auto was = before.at(flights.flight_id[row]);
      EXPECT_EQ((day - was) % (7 * kDayMs), 0) << "weekdays stay";
      moved += day != was;
      weeks[{flights.origin[row], (was - kNewYear) / (7 * kDayMs)}].insert((day - kNewYear) / (7 * kDayMs));
    }
  }
  EXPECT_GT(moved, 0);
  for (const auto& [week, targets] : weeks) EXPECT_EQ(targets.size(), 1U);
}

TEST_F(SlicesTest, CuttingAgainIsFreeAndACutThatWasInterruptedIsMadeAnew) {
  ASSERT_TRUE(cut_days(*engine_, options("days")));
  std::filesystem::remove(source_);
  EXPECT_TRUE(cut_days(*engine_, options("days"))) << "the source is not needed any more";
  std::filesystem::remove(options("days").folder / "complete");
  const auto again = cut_days(*engine_, options("days"));
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().code, Code::not_found);
  EXPECT_NE(again.error().fix, "");
}

}  // namespace
}  // namespace gyre::demo

// Sealing: past days of the prediction log become Parquet files.
#include <gmock/gmock.h>

#include "serving/prediction_log_testing.h"

namespace gyre::serving {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class SealTest : public PredictionLogTest {};

TEST_F(SealTest, PastDaysAreSealedIntoParquet) {
  auto log = open();
  auto shadow = frame("r1", 1000);
  shadow.role = "shadow";
  shadow.inputs.clear();
  ASSERT_TRUE(log->append("e", {frame("r1", 2 * kHourMs + 1000), shadow}, false));
  ASSERT_TRUE(log->append("e", {frame("r2", kDayMs + 1000)}, false));
  EXPECT_TRUE(log->seal_due(kDayMs + 2000).value());
  EXPECT_FALSE(log->seal_due(kDayMs + 2000).value());
  const auto files = log->sealed("e", 0, kDayMs).value();
  ASSERT_EQ(files.size(), 2u);
  EXPECT_THAT(log->sealed("e", kDayMs, 2 * kDayMs).value(), IsEmpty());
  const auto rows = table(files[0].path, "prediction_id, hour, origin, p, epoch_ms(\"at\"), request_id, version, role").rows;
  ASSERT_EQ(rows.size(), 2u);
  EXPECT_EQ(rows[1][0].string_or(""), "b");
  EXPECT_EQ(rows[1][1].int_or(0), 2);
  EXPECT_EQ(rows[1][2].string_or(""), "LAX");
  EXPECT_EQ(rows[1][4].int_or(0), 2 * kHourMs + 1000);
  EXPECT_EQ(rows[1][6].int_or(0), 3);
  EXPECT_EQ(table(files[1].path, "role, p").rows.size(), 2u);
  EXPECT_THAT(log->verify("e")->problems, IsEmpty());
}

TEST_F(SealTest, ColumnsThatTheLogNamesItselfAndWideOnesHaveNamesOfTheirOwn) {
  EXPECT_EQ(log_column("hour"), "hour_");
  EXPECT_EQ(log_column("At"), "At_");
  EXPECT_EQ(log_column("distance"), "distance");
  EXPECT_EQ(log_column("X", 2, 3), "X_2");
  auto log = open();
  auto one = frame("r1", 1000);
  one.ids.clear();
  one.inputs = {
      {"hour", {2, 1}, std::vector<std::int64_t>{7, 8}}, {"X", {2, 3}, std::vector<float>{1, 2, 3, 4, 5, 6}}, {"late", {2, 1}, std::vector<bool>{true, false}}};
  ASSERT_TRUE(log->append("e", {one}, false));
  ASSERT_TRUE(log->seal_due(kDayMs).value());
  const auto rows = table(log->sealed("e", 0, kDayMs)->front().path, "prediction_id, hour, hour_, X_0, X_2, late").rows;
  EXPECT_EQ(rows[1][0].string_or(""), "r1/1");
  EXPECT_EQ(rows[1][1].int_or(-1), 0);
  EXPECT_EQ(rows[1][2].int_or(-1), 8);
  EXPECT_EQ(rows[1][3].number_or(0), 4);
  EXPECT_EQ(rows[1][4].number_or(0), 6);
  EXPECT_EQ(rows[0][5].bool_or(false), true);
}

TEST_F(SealTest, FramesOfAnotherShapeGoIntoFilesOfTheirOwn) {
  auto log = open();
  auto wider = frame("r2", 1000);
  wider.inputs.push_back({"extra", {2, 1}, std::vector<double>{1, 2}});
  ASSERT_TRUE(log->append("e", {frame("r1", 1000)}, false));
  ASSERT_TRUE(log->append("e", {wider}, false));
  ASSERT_TRUE(log->seal_due(kDayMs).value());
  EXPECT_EQ(log->sealed("e", 0, kDayMs)->size(), 2u);
}

TEST_F(SealTest, WhatIsNotSealedYetIsInTheFilesToo) {
  auto log = open();
  const auto rows = [&] {
    std::int64_t count = 0;
    for (const auto& file : log->files("e", 0, 3 * kDayMs).value()) count += static_cast<std::int64_t>(table(file.path, "prediction_id").rows.size());
    return count;
  };
  EXPECT_EQ(rows(), 0);
  ASSERT_TRUE(log->append("e", {frame("r1", 1000)}, false));
  EXPECT_EQ(rows(), 2);
  const auto first = log->files("e", 0, kDayMs).value();
  EXPECT_EQ(first, log->files("e", 0, kDayMs).value());
  ASSERT_TRUE(log->append("e", {frame("r2", 1000)}, false));
  ASSERT_TRUE(log->append("e", {frame("r3", kDayMs)}, false));
  EXPECT_EQ(rows(), 6);
  ASSERT_TRUE(log->seal_due(kDayMs).value());
  EXPECT_EQ(rows(), 6);
  EXPECT_TRUE(fs::exists(first[0].path));  // somebody may be reading it
  EXPECT_EQ(rows(), 6);
  EXPECT_FALSE(fs::exists(first[0].path));
  EXPECT_THAT(log->files("e", 2 * kDayMs, 3 * kDayMs).value(), IsEmpty());
  for (int i = 0; i < 70; ++i) {  // more parts than are kept apart
    ASSERT_TRUE(log->append("e", {frame(fmt::format("more-{}", i), kDayMs)}, false));
    ASSERT_LE(log->files("e", 0, 3 * kDayMs)->size(), 66u);
  }
  EXPECT_EQ(rows(), 146);
  log.reset();
  log = open();
  EXPECT_EQ(rows(), 146);
}

TEST_F(SealTest, ASealingThatWasCutOffIsDoneAgain) {
  auto log = open();
  ASSERT_TRUE(log->append("e", {frame("r1", 1000)}, false));
  ASSERT_TRUE(log->seal_due(kDayMs).value());
  const auto file = log->sealed("e", 0, kDayMs)->front();
  ASSERT_TRUE(fs::remove(folder_.path() / "e" / "sealed" / "0000000001.done"));  // as if killed just before
  EXPECT_THAT(log->sealed("e", 0, kDayMs).value(), IsEmpty());
  log.reset();
  log = open();
  ASSERT_TRUE(log->seal_due(kDayMs).value());
  EXPECT_THAT(log->sealed("e", 0, kDayMs).value(), ElementsAre(file));
  EXPECT_EQ(table(file.path, "prediction_id").rows.size(), 2u);
}

TEST_F(SealTest, ReleasedSegmentsGoButTheLatestStaysForItsRequests) {
  auto log = open();
  for (int day = 0; day < 3; ++day) ASSERT_TRUE(log->append("e", {frame(fmt::format("r{}", day), day * kDayMs)}, false));
  ASSERT_TRUE(log->seal_due(2 * kDayMs).value());
  ASSERT_TRUE(log->release("e", {1, 5}));
  EXPECT_THAT(requests(*log), ElementsAre("r0", "r1", "r2"));
  ASSERT_TRUE(log->release("e", log->read("e", {}, kAll)->next));
  EXPECT_FALSE(fs::exists(segment(1)));
  EXPECT_THAT(requests(*log, {2, 0}), ElementsAre("r1", "r2"));
  EXPECT_THAT(log->verify("e")->problems, IsEmpty());
  log.reset();
  log = open();
  EXPECT_FALSE(log->append("e", {frame("r1", 2 * kDayMs)}, false).value());
  EXPECT_TRUE(log->append("e", {frame("r0", 2 * kDayMs)}, false).value());  // forgotten, like any behind the last 65,536
}

TEST_F(SealTest, ReleasedSegmentsAreReadFromWhatTheyWereSealedInto) {
  auto log = open();
  auto first = frame("r1", 1000), shadow = frame("r1", 1000), second = frame("r2", 2000);
  first.ids.clear();
  first.inputs.push_back({"X", {2, 3}, std::vector<double>{1, 2, 3, 4, 5, 6}});
  first.inputs.push_back({"hour", {2, 1}, std::vector<std::int64_t>{7, 8}});
  first.outputs.push_back({"yes", {2}, std::vector<bool>{true, false}});
  shadow.role = "shadow";
  shadow.inputs.clear();
  second.version = 4;
  ASSERT_TRUE(log->append("e", {first, shadow}, false));
  ASSERT_TRUE(log->append("e", {second}, false));
  for (int day = 1; day < 4; ++day) ASSERT_TRUE(log->append("e", {frame(fmt::format("d{}", day), day * kDayMs)}, false));
  ASSERT_TRUE(log->seal_due(3 * kDayMs).value());
  auto before = log->read("e", {}, kAll).value().frames;
  ASSERT_TRUE(log->release("e", {4, 0}));
  ASSERT_FALSE(fs::exists(segment(1)));

  std::vector<Frame> after;
  Position at;
  for (;;) {
    auto some = log->read("e", at, kAll).value();
    if (some.frames.empty()) break;
    at = some.next;
    std::ranges::move(some.frames, std::back_inserter(after));
  }
  ASSERT_EQ(after.size(), before.size());
  const auto by_name = [](const Frame& f) { return std::pair(f.request_id, f.role); };
  std::ranges::sort(before, {}, by_name);
  std::ranges::sort(after, {}, by_name);
  for (std::size_t i = 0; i < before.size(); ++i) {
    EXPECT_EQ(by_name(after[i]), by_name(before[i]));
    EXPECT_EQ(after[i].at_ms, before[i].at_ms);
    EXPECT_EQ(after[i].version, before[i].version);
    EXPECT_EQ(after[i].rows, before[i].rows);
    EXPECT_EQ(after[i].id(1), before[i].id(1));
    for (const auto member : {&Frame::inputs, &Frame::outputs}) {
      ASSERT_EQ((after[i].*member).size(), (before[i].*member).size());
      for (std::size_t k = 0; k < (after[i].*member).size(); ++k) {
        EXPECT_EQ((after[i].*member)[k].name, (before[i].*member)[k].name);
        EXPECT_EQ((after[i].*member)[k].shape, (before[i].*member)[k].shape);
        EXPECT_EQ((after[i].*member)[k].values, (before[i].*member)[k].values);
      }
    }
  }
}

}  // namespace
}  // namespace gyre::serving

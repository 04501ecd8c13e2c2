#include <fmt/format.h>
#include <gmock/gmock.h>

#include "base/yaml.h"
#include "monitoring/monitoring.h"
#include "serving/testing.h"

namespace gyre::monitoring {
namespace {

// An endpoint that answers three requests a day, each of two rows named "<day>-<request>-<row>".
class LabelsTest : public testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    if (!rooms_.database.available()) GTEST_SKIP() << sql::TestDatabase::kSkipped;
    ASSERT_TRUE(sql::migrate(rooms_.db, migrations()));
    rooms_.add_version("m", "logistic.onnx");
    serving_ = std::make_unique<serving::Service>(rooms_.db, rooms_.clock, rooms_.registry, *rooms_.runtime, *rooms_.engine, rooms_.folder.path() / "predictions");
    ASSERT_TRUE(serving_->open());
    ASSERT_TRUE(serving_->apply("e", yaml::parse("{model: m, id_column: id}").value(), "user:test"));
    ASSERT_TRUE(serving_->deploy("e", {{1, 1, "primary"}}, "test", "user:test"));
    open();
    const auto applied = service_->apply("watch", yaml::parse("{endpoint: e, prediction: p, label: y, label_horizon: 10d, quality: {min_labelled: 1}}").value(), "user:test");
    ASSERT_TRUE(applied) << applied.error().message;
  }
  // As after a restart.
  void open() { service_ = std::make_unique<Service>(rooms_.db, *rooms_.blobs, rooms_.clock, rooms_.registry, *serving_, *rooms_.engine, rooms_.folder.path() / "monitoring"); }

  static std::string id(int day, int request, int row) { return fmt::format("{}-{}-{}", day, request, row); }

  void live_day(int day) {
    for (int request = 0; request < 3; ++request) {
      ASSERT_TRUE(serving_->score("e", serving::TestRooms::batch({-1, 1}, {id(day, request, 0), id(day, request, 1)}), {fmt::format("{}-{}", day, request)}));
    }
    rooms_.clock.advance_to(kFirst + (day + 1) * kDayMs);
    work();
  }
  void work() {
    for (int i = 0; i < 10; ++i) {
      const auto served = serving_->run_due(rooms_.clock.now_ms()), watched = service_->run_due(rooms_.clock.now_ms());
      ASSERT_TRUE(served) << served.error().message;
      ASSERT_TRUE(watched) << watched.error().message << watched.error().detail;
      if (!served->worked && !watched->worked) return;
    }
    FAIL() << "work without end";
  }
  void put(std::vector<std::string> ids, std::vector<bool> labels, std::string key) {
    const auto put = service_->put_labels("e", {std::move(ids), std::move(labels), std::move(key)});
    ASSERT_TRUE(put) << put.error().message;
  }
  // Of a day's six rows.
  std::int64_t labelled(int day) {
    const auto windows = service_->labelled_windows("e", kFirst + day * kDayMs).value();
    return windows.empty() ? -1 : windows.front().labelled;
  }
  double log_loss(int day) { return service_->windows("watch", kFirst + day * kDayMs, kFirst + (day + 1) * kDayMs)->front().realised.log_loss; }
  bool leaves_a_rest() {
    for (const auto& file : std::filesystem::recursive_directory_iterator(rooms_.folder.path() / "monitoring" / "labels")) {
      if (file.path().filename().string().starts_with("rest-")) return true;
    }
    return false;
  }

  static constexpr TimeMs kFirst = 983'750'400'000;
  serving::TestRooms rooms_{GetParam()};
  std::unique_ptr<serving::Service> serving_;
  std::unique_ptr<Service> service_;
};

TEST_P(LabelsTest, AreJoinedToTheDayOfTheirPredictions) {
  live_day(0);
  live_day(1);
  put({id(0, 0, 0), id(0, 0, 1), id(1, 2, 1)}, {false, true, true}, "a");
  work();
  EXPECT_EQ(labelled(0), 2);
  EXPECT_EQ(labelled(1), 1);
  EXPECT_FALSE(leaves_a_rest());
  EXPECT_NEAR(log_loss(0), std::log(1 + std::exp(-1.0)), 1e-6);
}

TEST_P(LabelsTest, ThatComeBeforeTheirPredictionsAreSealedWait) {
  live_day(0);
  put({id(0, 0, 0), id(1, 0, 0), id(1, 0, 1), "nobody"}, {false, true, true, true}, "early");
  work();
  EXPECT_EQ(labelled(0), 1);
  EXPECT_TRUE(leaves_a_rest());
  open();
  live_day(1);
  EXPECT_EQ(labelled(1), 2);
  EXPECT_EQ(labelled(0), 1);
  live_day(2);
  put({id(2, 1, 1)}, {true}, "late");
  work();
  EXPECT_EQ(labelled(2), 1);
  EXPECT_TRUE(leaves_a_rest()) << "of nobody";
}

TEST_P(LabelsTest, OfSeveralBatchesAddUp) {
  live_day(0);
  put({id(0, 0, 0), "x"}, {false, true}, "one");
  work();
  put({id(0, 1, 0), id(0, 1, 1), "y"}, {false, true, true}, "two");
  work();
  live_day(1);
  put({id(0, 2, 0), id(1, 0, 0)}, {false, false}, "three");
  work();
  EXPECT_EQ(labelled(0), 4);
  EXPECT_EQ(labelled(1), 1);
}

TEST_P(LabelsTest, AFirstLabelStandsAndAKeyCountsOnce) {
  live_day(0);
  put({id(0, 0, 1)}, {true}, "first");
  put({id(0, 0, 1)}, {false}, "second");
  EXPECT_EQ(service_->put_labels("e", {{"other"}, {true}, "first"}).value(), 0);
  work();
  EXPECT_EQ(labelled(0), 1);
  EXPECT_NEAR(log_loss(0), std::log(1 + std::exp(-1.0)), 1e-6);
}

TEST_P(LabelsTest, AreNotJoinedBehindTheHorizon) {
  live_day(0);
  rooms_.clock.advance_to(kFirst + 20 * kDayMs);
  put({id(0, 0, 1)}, {true}, "too late");
  work();
  EXPECT_EQ(labelled(0), 0);
}

TEST_P(LabelsTest, ARestThatIsLostIsMadeAgain) {
  live_day(0);
  put({id(0, 0, 0), id(1, 0, 0)}, {false, true}, "early");
  work();
  for (const auto& file : std::filesystem::directory_iterator(rooms_.folder.path() / "monitoring" / "labels" / "e")) {
    if (file.path().filename().string().starts_with("rest-")) std::filesystem::remove(file.path());
  }
  live_day(1);
  EXPECT_EQ(labelled(0), 1);
  EXPECT_EQ(labelled(1), 1);
}

INSTANTIATE_TEST_SUITE_P(On, LabelsTest, testing::Values("SqliteMemory", "Postgres"), [](const auto& info) { return std::string(info.param); });

}  // namespace
}  // namespace gyre::monitoring

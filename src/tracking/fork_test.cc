#include "tracking/fork.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "tracking/sealer.h"
#include "tracking/testing.h"

namespace gyre::tracking {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class ForkTest : public ServiceTest {
 protected:
  std::string new_run() { return service_.create_run({"0", "amber", "me", clock_.now_ms(), {{"team", "x"}, {"gyre.stop", "old"}}}).value().info.id; }
  void log(const std::string& run, std::vector<Metric> metrics) {
    ASSERT_TRUE(service_.log_batch(run, {.metrics = std::move(metrics), .params = {}, .tags = {}}));
  }
  std::vector<std::pair<double, double>> curve(const std::string& run, std::string_view key) {
    std::vector<std::pair<double, double>> points;
    for (const auto& point : service_.history(run, key, 0, 1 << 20)->rows) points.emplace_back(number_of(step_of(point)), point.value);
    return points;
  }
  // Background work until there is none; how many pieces it took.
  int settle() {
    for (int pieces = 0; pieces < 1000; ++pieces) {
      const auto state = forks_.run_due(clock_.now_ms());
      EXPECT_TRUE(state) << state.error().message << state.error().detail;
      if (!state || !state->worked) return pieces;
    }
    return -1;
  }
  std::string tag(const std::string& run, std::string_view key) {
    for (const auto& tag : service_.run(run)->tags) {
      if (tag.key == key) return tag.value;
    }
    return "none";
  }

  Forks forks_{*db_, service_, clock_};
};

TEST_P(ForkTest, AForkHasTheCurvesUpToTheStepAndGoesOnByItself) {
  const auto parent = new_run();
  log(parent, {{"loss", 4, 1, 0}, {"loss", 3, 2, 1}, {"nan", std::nan(""), 2, 1}, {"late", 1, 9, 9}});
  ASSERT_TRUE(seal_run(*db_, parent));
  log(parent, {{"loss", 2, 3, 2}, {"loss", 2.5, 3, 1, 0.5}, {"loss", 1, 4, 3}});
  ASSERT_TRUE(service_.log_batch(parent, {.metrics = {}, .params = {{"lr", "0.1"}}, .tags = {}}));
  ASSERT_TRUE(service_.log_inputs(parent, {{"rows", "abc", "local", "{}", "", "", {}}}));
  const auto fork = forks_.fork(parent, {.name = "blue", .id = "blue-1", .step = {1, 0.5}, .user = {}}, "user:a").value().run_id;
  EXPECT_EQ(fork, "blue-1");
  EXPECT_EQ(forks_.copying(fork)->value().state, "copying");
  EXPECT_GT(settle(), 0);
  EXPECT_THAT(curve(fork, "loss"), ElementsAre(std::pair(0.0, 4.0), std::pair(1.0, 3.0), std::pair(1.5, 2.5)));
  EXPECT_EQ(curve(fork, "nan").size(), 1u);
  EXPECT_THAT(curve(fork, "late"), IsEmpty());
  log(fork, {{"loss", 7, 5, 2}});
  EXPECT_EQ(curve(fork, "loss").size(), 4u);
  EXPECT_EQ(curve(parent, "loss").size(), 5u);
  const auto run = service_.run(fork).value();
  EXPECT_TRUE(run.info.name == "blue" && run.info.status == "RUNNING" && run.params.at(0).value == "0.1" && run.datasets.at(0).digest == "abc");
  EXPECT_EQ(run.metrics.at(0).value, 7);
  EXPECT_EQ(run.info.artifact_uri, service_.run(parent)->info.artifact_uri.replace(service_.run(parent)->info.artifact_uri.find(parent), parent.size(), fork));
  EXPECT_TRUE(tag(fork, "team") == "x" && tag(fork, "gyre.stop") == "none" && tag(fork, kForkTag) == parent + "@1.5");
  governance::Service graph(*db_);
  EXPECT_EQ(graph.lineage(governance::urn("run", fork), 1, 0)->edges.at(0).from, governance::urn("run", parent));
  EXPECT_EQ(forks_.fork(parent, {.name = {}, .id = fork, .step = {1, 0.5}, .user = {}}, "u")->run_id, fork);
  EXPECT_EQ(forks_.fork(parent, {.name = {}, .id = fork, .step = {2}, .user = {}}, "u").error().code, Code::conflict);
  EXPECT_EQ(settle(), 0);
  EXPECT_THAT(service_.verify()->problems, IsEmpty());
}

TEST_P(ForkTest, ManyPointsAndManyCurvesComeInPieces) {
  const auto parent = new_run();
  constexpr int kBatches = 25, kCurves = 600;
  for (int batch = 0; batch < kBatches; ++batch) {
    std::vector<Metric> metrics;
    for (int i = 0; i < 1000; ++i) metrics.push_back({"loss", 1.0 * i, 1, batch * 1000 + i});
    log(parent, std::move(metrics));
  }
  std::vector<Metric> wide;
  for (int i = 0; i < kCurves; ++i) wide.push_back({fmt::format("k{}", i), 1, 1, 0});
  log(parent, wide);
  const auto fork = forks_.fork(parent, {.name = {}, .id = {}, .step = {22'000}, .user = {}}, "u").value().run_id;
  EXPECT_GT(settle(), 4);
  EXPECT_EQ(curve(fork, "loss").size(), 22'001u);
  EXPECT_EQ(service_.series(fork)->size(), kCurves + 1u);
  EXPECT_EQ(forks_.copying(fork)->value().points, 22'001 + kCurves);
}

TEST_P(ForkTest, ARewindLosesNothing) {
  const auto run = new_run();
  std::vector<Metric> wide;
  for (int i = 0; i < 40; ++i) wide.push_back({fmt::format("k{:02}", i), 1, 1, i % 3});
  log(run, wide);
  log(run, wide);  // by memory of their numbers, and owed
  ASSERT_TRUE(service_.update_run(run, {.status = "FAILED", .name = {}, .end_ms = 5}));
  const auto rewound = forks_.rewind(run, {1}, "user:a").value();
  EXPECT_EQ(rewound.run_id, run);
  EXPECT_EQ(forks_.rewind(run, {0}, "user:a").error().code, Code::conflict) << "points are on their way";
  for (auto& metric : wide) metric.step = 7, metric.value = 2;
  log(run, wide);  // the training goes on at once
  settle();
  EXPECT_THAT(curve(run, "k02"), ElementsAre(std::pair(7.0, 2.0)));
  EXPECT_THAT(curve(run, "k01"), ElementsAre(std::pair(1.0, 1.0), std::pair(7.0, 2.0)));
  EXPECT_THAT(curve(rewound.archive, "k02"), ElementsAre(std::pair(2.0, 1.0)));
  EXPECT_THAT(curve(rewound.archive, "k01"), ElementsAre(std::pair(1.0, 1.0)));
  EXPECT_EQ(service_.run(run)->info.status, "RUNNING");
  EXPECT_FALSE(service_.run(run)->info.end_ms);
  EXPECT_EQ(service_.run(rewound.archive)->info.status, "FAILED");
  EXPECT_NE(tag(rewound.archive, kArchivedTag), "none");
  log(run, wide);
  ASSERT_TRUE(forks_.rewind(run, {0}, "user:a"));
  settle();
  EXPECT_THAT(curve(run, "k01"), IsEmpty());
  EXPECT_THAT(curve(run, "k00"), ElementsAre(std::pair(0.0, 1.0)));
  EXPECT_THAT(service_.verify()->problems, IsEmpty());
}

INSTANTIATE_TEST_SUITE_P(Databases, ForkTest, testing::Values("SqliteMemory", "Postgres"), [](const auto& info) { return std::string(info.param); });

}  // namespace
}  // namespace gyre::tracking

#include "tracking/run_stream.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <set>
#include <thread>

#include "tracking/purge.h"
#include "tracking/testing.h"

namespace gyre::tracking {
namespace {

using testing::HasSubstr;

class RunStreamTest : public ServiceTest {
 protected:
  std::string new_run(std::string id = "") {
    const NewRun run{.experiment_id = "0", .name = "r", .user = "me", .start_ms = 5, .tags = {}};
    return (id.empty() ? service_.create_run(run) : streams_.create(run, id)).value().info.id;
  }
  static RunEvent loss(std::int64_t step, double value) { return MetricsEvent{{{.key = "loss", .value = value, .at_ms = 10 + step, .step = step}}}; }
  std::size_t points(const std::string& run, const std::string& key = "loss") { return service_.history(run, key, 0, 1000)->rows.size(); }

  RunStreams streams_{service_, clock_};
};

TEST_P(RunStreamTest, AReplayChangesNothing) {
  const auto run = new_run();
  const RunEvents sent{.source = "wrapper", .from = 0, .events = {loss(0, 1), loss(1, NAN), ParamsEvent{{{"lr", "0.1"}}}, TagsEvent{{{"kind", "gbm"}}, {}}}};
  const auto first = streams_.take(run, sent).value();
  EXPECT_EQ(first.position, 4);
  EXPECT_EQ(first.taken, 4);
  const auto again = streams_.take(run, sent).value();
  EXPECT_EQ(again.position, 4);
  EXPECT_EQ(again.taken, 0);
  EXPECT_EQ(points(run), 2u);
  EXPECT_EQ(service_.run(run)->params.front().value, "0.1");
  auto overlapping = sent;
  overlapping.from = 3;
  overlapping.events = {sent.events[3], loss(2, 3), HeartbeatEvent{}};
  const auto rest = streams_.take(run, overlapping).value();
  EXPECT_EQ(rest.position, 6);
  EXPECT_EQ(rest.taken, 2);
  EXPECT_EQ(points(run), 3u);
}

TEST_P(RunStreamTest, AGapIsToldWithThePlaceToGoOnFrom) {
  const auto run = new_run();
  ASSERT_TRUE(streams_.take(run, {"a", 0, {loss(0, 1)}}));
  const auto refused = streams_.take(run, {"a", 2, {loss(2, 1)}});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::conflict);
  EXPECT_THAT(refused.error().fix, HasSubstr("from 1 on"));
  EXPECT_TRUE(streams_.take(run, {"b", 0, {loss(2, 1)}})) << "each source counts by itself";
  EXPECT_EQ(streams_.sources(run)->size(), 2u);
  EXPECT_EQ(streams_.sources(run, "a")->front().position, 1);
}

TEST_P(RunStreamTest, WhatBreaksARuleIsToldAndTheRestIsTaken) {
  const auto run = new_run();
  ASSERT_TRUE(service_.log_batch(run, {.metrics = {}, .params = {{"lr", "1"}}, .tags = {}}));
  const auto taken = streams_
                         .take(run, {"w",
                                     0,
                                     {ParamsEvent{{{"lr", "2"}, {"depth", "6"}}}, loss(0, 1),
                                      MetricsEvent{{{.key = "../x", .value = 1, .at_ms = 1, .step = 0}}}, ParamsEvent{{{"depth", "7"}}}, loss(1, 2)}})
                         .value();
  EXPECT_EQ(taken.position, 5);
  EXPECT_EQ(taken.refused, 3);
  ASSERT_EQ(taken.told.size(), 3u);
  std::set<std::int64_t> numbers;
  for (const auto& one : taken.told) numbers.insert(one.number);
  EXPECT_EQ(numbers, (std::set<std::int64_t>{0, 2, 3}));
  EXPECT_EQ(points(run), 2u);
  const auto params = service_.run(run)->params;
  ASSERT_EQ(params.size(), 2u);
  EXPECT_EQ(params[0].value, "6");
  EXPECT_EQ(params[1].value, "1");
}

TEST_P(RunStreamTest, ARunEndsGoesOnAndKeepsAWorseEnd) {
  const auto run = new_run();
  ASSERT_TRUE(streams_.take(run, {"script", 0, {EndEvent{50, "FAILED"}}}));
  ASSERT_TRUE(streams_.take(run, {"wrapper", 0, {EndEvent{60, "FINISHED"}}}));
  EXPECT_EQ(service_.run(run)->info.status, "FAILED");
  EXPECT_EQ(service_.run(run)->info.end_ms, 60);
  ASSERT_TRUE(streams_.take(run, {"wrapper", 1, {StartEvent{}}}));
  EXPECT_EQ(service_.run(run)->info.status, "RUNNING");
  EXPECT_EQ(service_.run(run)->info.end_ms, std::nullopt);
  ASSERT_TRUE(streams_.take(run, {"wrapper", 2, {EndEvent{70, "FINISHED"}}}));
  EXPECT_EQ(service_.run(run)->info.status, "FINISHED");
}

TEST_P(RunStreamTest, ManyWhoSendTheSameCountOnce) {
  const auto run = new_run();
  RunEvents sent{.source = "w", .from = 0, .events = {}};
  for (std::int64_t step = 0; step < 100; ++step) sent.events.push_back(loss(step, 1));
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (std::int64_t from = 0; from < 100; from += 10)
        EXPECT_TRUE(streams_.take(run, {"w", from, {sent.events.begin() + from, sent.events.begin() + from + 10}}));
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(points(run), 100u);
  EXPECT_EQ(streams_.sources(run)->front().position, 100);
}

TEST_P(RunStreamTest, TooMuchAtOnceIsRefusedWhole) {
  const auto run = new_run();
  RunEvents sent{.source = "w", .from = 0, .events = std::vector<RunEvent>(kMaxStreamEvents + 1, HeartbeatEvent{})};
  EXPECT_EQ(streams_.take(run, sent).error().code, Code::invalid);
  EXPECT_EQ(streams_.take(run, {"no/such", 0, {}}).error().code, Code::invalid);
  EXPECT_EQ(streams_.take(run, {"w", -1, {}}).error().code, Code::invalid);
  EXPECT_EQ(streams_.take("gone", {"w", 0, {}}).error().code, Code::not_found);
  ASSERT_TRUE(service_.set_run_deleted(run, true));
  EXPECT_EQ(streams_.take(run, {"w", 0, {loss(0, 1)}}).error().code, Code::invalid);
}

TEST_P(RunStreamTest, AChosenIdIsOneRunHoweverOftenItIsMade) {
  EXPECT_EQ(new_run("my-run_1"), "my-run_1");
  EXPECT_EQ(new_run("my-run_1"), "my-run_1");
  EXPECT_EQ(service_.count_runs({.experiment_ids = {"0"}}), 1);
  for (const auto* bad : {"models", "m-abc", "-x", "a/b", "a b"})
    EXPECT_EQ(streams_.create({.experiment_id = "0", .name = {}, .user = {}, .tags = {}}, bad).error().code, Code::invalid) << bad;
  EXPECT_EQ(files_prefix("mlflow-artifacts:/0/0/artifacts", "0"), "artifacts/0/0/") << "a run's folder alone, also where its experiment's has its name";
}

INSTANTIATE_TEST_SUITE_P(Databases, RunStreamTest, testing::Values("SqliteMemory", "Postgres"), [](const auto& info) { return std::string(info.param); });

}  // namespace
}  // namespace gyre::tracking

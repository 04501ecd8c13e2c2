// What batches of many series owe to them: seen at once, added once.
#include "tracking/owed.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <thread>

#include "storage/sql/faulty.h"
#include "tracking/engine.h"
#include "tracking/metrics.h"
#include "tracking/testing.h"
#include "tracking/tracking.h"

namespace gyre::tracking {
namespace {

using testing::IsEmpty;

constexpr int kSeries = 3 * static_cast<int>(kMaxPaidAtOnce);

std::string key(int i) { return "m" + std::to_string(i); }

class OwedTest : public ServiceTest {
 protected:
  void SetUp() override {
    ServiceTest::SetUp();
    if (IsSkipped() || HasFatalFailure()) return;
    run_ = service_.create_run({"0", "r", "me", 1000, {}}).value().info.id;
    log(0, 0);  // makes the series: nothing is owed
  }
  Result<void> try_log(Service& service, std::int64_t step, double value) {
    Batch batch;
    for (int i = 0; i < kSeries; ++i) batch.metrics.push_back({key(i), value + i, 5000 + step, step});
    return service.log_batch(run_, batch);
  }
  void log(std::int64_t step, double value) { ASSERT_TRUE(try_log(service_, step, value)); }
  std::int64_t owed() {
    struct Count {
      std::int64_t n;
    };
    return db_->read([](sql::Tx& tx) { return tx.select<Count>("SELECT COUNT(*) FROM metric_owed"); }).value().front().n;
  }
  std::size_t found(Service& service, const std::string& filter) { return service.search_runs({.experiment_ids = {"0"}, .filter = filter})->rows.size(); }
  // As run() tells it.
  Metric latest(int i) {
    for (const auto& metric : service_.run(run_)->metrics) {
      if (metric.key == key(i)) return metric;
    }
    return {};
  }

  std::string run_;
};

TEST_P(OwedTest, WhoReadsOneRunSeesWhatIsOwed) {
  EXPECT_EQ(owed(), 0);
  log(2, 20);
  log(1, 10);
  EXPECT_EQ(owed(), 2);
  EXPECT_EQ(latest(3).value, 23);
  EXPECT_EQ(latest(3).step, 2);
  const auto summary = service_.series(run_).value().front();
  EXPECT_EQ(summary.points, 3);
  EXPECT_EQ(summary.last, 20);
  EXPECT_EQ(summary.last_step.whole, 2);
  EXPECT_EQ(service_.curves({.run_id = run_, .keys = {key(5)}, .from = {}, .to = {}})->points, 3);
  EXPECT_EQ(service_.history(run_, key(5), 0, 10)->rows.size(), 3u);
  EXPECT_EQ(owed(), 2);
  EXPECT_THAT(service_.verify()->problems, IsEmpty());
}

TEST_P(OwedTest, ASearchOnAnyServerSeesWhatIsOwed) {
  Service second{*db_, *blobs_, clock_};
  log(1, 100);
  EXPECT_EQ(found(second, "metrics.m1 = 101"), 1u);
  EXPECT_EQ(owed(), 0);
  log(2, 200);
  EXPECT_EQ(second.count_runs({.experiment_ids = {"0"}, .filter = "metrics.m2 > 150"}).value(), 1);
  EXPECT_EQ(service_.search_runs({.experiment_ids = {"0"}, .filter = "metrics.m0 = 200"})->rows.front().metrics.size(), static_cast<std::size_t>(kSeries));
  EXPECT_EQ(latest(2).value, 202);
}

TEST_P(OwedTest, TheLatestIsTheLargestWhateverTheOrder) {
  const auto nan = std::numeric_limits<double>::quiet_NaN(), infinity = std::numeric_limits<double>::infinity();
  log(7, 70);
  log(5, 50);
  EXPECT_EQ(found(service_, "metrics.m0 = 70"), 1u);
  log(6, 60);
  log(7, nan);
  EXPECT_EQ(found(service_, "metrics.m0 = 70"), 1u);
  log(7, infinity);
  EXPECT_EQ(found(service_, "metrics.m0 > 1000"), 1u);
  log(8, nan);
  EXPECT_TRUE(std::isnan(latest(0).value));
  EXPECT_EQ(found(service_, "metrics.m0 > 1000"), 0u);
  EXPECT_TRUE(std::isnan(latest(0).value));
  EXPECT_EQ(service_.series(run_)->front().points, 7);
}

TEST_P(OwedTest, FewSeriesOrNewOnesOweNothing) {
  ASSERT_TRUE(service_.log_batch(run_, {.metrics = {{key(0), 5, 6000, 1}}, .params = {}, .tags = {}}));
  EXPECT_EQ(owed(), 0);
  Batch batch;
  for (int i = 0; i <= kSeries; ++i) batch.metrics.push_back({key(i), 9, 6000, 2});
  ASSERT_TRUE(service_.log_batch(run_, batch));
  EXPECT_EQ(owed(), 0);
  EXPECT_EQ(found(service_, "metrics.m" + std::to_string(kSeries) + " = 9"), 1u);
}

TEST_P(OwedTest, ItIsPaidASecondLaterWhenNobodyAsks) {
  log(1, 1);
  auto& duty = service_.sealing();
  const auto waiting = duty.run_due(clock_.now_ms()).value();
  EXPECT_EQ(waiting.next_due_ms, clock_.now_ms() + Settler::kAfterMs);
  EXPECT_EQ(owed(), 1);
  clock_.advance_to(*waiting.next_due_ms);
  EXPECT_TRUE(duty.run_due(clock_.now_ms())->worked);
  EXPECT_EQ(owed(), 0);
  EXPECT_FALSE(duty.run_due(clock_.now_ms())->worked);
}

TEST_P(OwedTest, SealingPaysFirst) {
  log(1, 1);
  log(2, 2);
  ASSERT_EQ(seal_run(*db_, run_)->points, 3 * kSeries);
  EXPECT_EQ(owed(), 0);
  EXPECT_EQ(latest(0).value, 2);
  EXPECT_EQ(service_.series(run_)->front().points, 3);
  EXPECT_THAT(service_.verify()->problems, IsEmpty());
}

TEST_P(OwedTest, ABatchThatFailsOwesNothing) {
  Batch batch;
  for (int i = 0; i < kSeries; ++i) batch.metrics.push_back({key(i), 9, 6000, 2});
  batch.params = {{"p", "1"}};
  ASSERT_TRUE(service_.log_batch(run_, batch));
  batch.params = {{"p", "2"}};
  EXPECT_FALSE(service_.log_batch(run_, batch));
  EXPECT_EQ(owed(), 1);
  EXPECT_EQ(service_.series(run_)->front().points, 2);
}

TEST_P(OwedTest, AfterFailuresItIsPaidOnce) {
  const auto faulty = sql::make_faulty(*db_, {.seed = 5, .before = 0.2, .rolled_back = 0.3, .after = 0.2});
  for (std::int64_t step = 1; step <= 40; ++step) {
    log(step, static_cast<double>(step));
    (void)settle_owed(*faulty);
  }
  EXPECT_EQ(found(service_, "metrics.m0 = 40"), 1u);
  EXPECT_EQ(owed(), 0);
  EXPECT_EQ(service_.series(run_)->front().points, 41);
}

TEST_P(OwedTest, MoreThanOneTransactionsWorthIsPaid) {
  ASSERT_TRUE(db_->write([&](sql::Tx& tx) -> Result<void> {  // of a run that was purged meanwhile
    for (std::int64_t i = 0; i < 2 * static_cast<std::int64_t>(kMaxSettledBatches); ++i) TRY(put_owed(tx, "0-gone", i));
    return {};
  }));
  log(1, 1);
  ASSERT_TRUE(settle_owed(*db_));
  EXPECT_EQ(owed(), 0);
  EXPECT_EQ(found(service_, "metrics.m0 = 1"), 1u);
}

TEST_P(OwedTest, ServersThatWriteSealAndSearchLoseNothing) {
  Service second{*db_, *blobs_, clock_};
  ASSERT_TRUE(try_log(second, 0, 0));
  std::atomic<bool> over = false;
  std::atomic<int> failed = 0;
  std::vector<std::thread> writers, others;
  for (int t = 0; t < 2; ++t) {
    writers.emplace_back([&, t] {
      auto& service = t ? second : service_;
      for (std::int64_t i = 1; i <= 30; ++i) {
        const auto value = static_cast<double>(1000 * t + i);
        if (!try_log(service, 2 * i + t, value)) ++failed;
        if (i % 5 == 0 && !service.search_runs({.experiment_ids = {"0"}, .filter = "metrics.m0 > 0"})) ++failed;
      }
    });
  }
  others.emplace_back([&] {
    while (!over) {
      if (!seal_run(*db_, run_)) ++failed;
    }
  });
  for (auto& writer : writers) writer.join();
  over = true;
  for (auto& other : others) other.join();
  EXPECT_EQ(failed, 0);
  for (const auto& summary : service_.series(run_).value()) EXPECT_EQ(summary.points, 62) << summary.key;
  EXPECT_EQ(latest(0).step, 61);
  EXPECT_EQ(latest(0).value, 1030);
  EXPECT_THAT(service_.verify()->problems, IsEmpty());
}

INSTANTIATE_TEST_SUITE_P(Backends, OwedTest, testing::Values("SqliteMemory", "Postgres"), [](const auto& info) { return std::string(info.param); });

}  // namespace
}  // namespace gyre::tracking

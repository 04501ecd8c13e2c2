// Whatever the order in which labels come, and wherever the process dies: each counts once.
#include <gmock/gmock.h>

#include <algorithm>
#include <numeric>
#include <random>
#include <thread>

#include "monitoring/monitoring_test.h"

namespace gyre::monitoring {
namespace {

using testing::IsEmpty;

struct Sent {
  LabelBatch batch;
  void add(const std::string& id, bool label) {
    if (std::ranges::find(batch.ids, id) != batch.ids.end()) return;
    batch.ids.push_back(id);
    batch.labels.push_back(label);
  }
};

// A real clock as far as anybody can tell: it goes on whenever it is looked at.
class TickingClock final : public Clock {
 public:
  explicit TickingClock(TimeMs at_ms) : now_ms_(at_ms) {}
  TimeMs now_ms() const override { return now_ms_ += 5; }
  void pass(std::int64_t ms) { now_ms_ += ms; }

 private:
  mutable std::atomic<TimeMs> now_ms_;
};

class JoinTest : public MonitoringTest {
 protected:
  static constexpr int kDays = 4, kRows = 60;

  void predict_days() {
    for (int i = 0; i < kDays; ++i) day(even(kRows, -2 + .2 * i, 2), fmt::format("d{}-", i));
  }
  // In random order over all days; some ids twice, some corrected, some that nobody predicted.
  static std::vector<LabelBatch> labels_in_disorder(std::uint64_t seed) {
    std::mt19937_64 random(seed);
    std::vector<int> order(kDays * kRows);
    std::iota(order.begin(), order.end(), 0);
    std::ranges::shuffle(order, random);
    std::vector<LabelBatch> batches;
    for (std::size_t i = 0; i < order.size(); i += 35) {
      Sent sent;
      for (auto k = i; k < std::min(i + 40, order.size()); ++k) sent.add(fmt::format("d{}-{}", order[k] / kRows, order[k] % kRows), random() % 3 == 0);
      if (i % 2 == 0) sent.add(fmt::format("nobody-{}", i), true);
      sent.batch.key = fmt::format("batch-{}", i);
      sent.batch.corrects = batches.size() % 4 == 3;
      batches.push_back(sent.batch);
    }
    return batches;
  }
  void expect_same_from_scratch() {
    const auto before = r_.windows();
    ASSERT_EQ(before.size(), static_cast<std::size_t>(kDays));
    ASSERT_TRUE(r_.monitoring->rebuild("m", "user:test"));
    r_.settle();
    const auto after = r_.windows();
    for (std::size_t i = 0; i < after.size(); ++i) {
      EXPECT_EQ(before[i].labelled, kRows);
      EXPECT_EQ(after[i].labelled, kRows);
      EXPECT_NEAR(after[i].realised.rate, before[i].realised.rate, 1e-12);
      EXPECT_NEAR(after[i].realised.log_loss, before[i].realised.log_loss, 1e-12);
      EXPECT_NEAR(after[i].realised.auc, before[i].realised.auc, 1e-12);
    }
    EXPECT_THAT(r_.monitoring->verify()->problems, IsEmpty());
  }
  std::int64_t batches_there() {
    struct Count {
      std::int64_t n;
    };
    return r_.db.read([](sql::Tx& tx) { return tx.select<Count>("SELECT COUNT(DISTINCT seq) FROM label_batches"); })->front().n;
  }
};

TEST_P(JoinTest, BatchAfterBatchAddsUpToWhatAllGiveAtOnce) {
  predict_days();
  for (const auto& batch : labels_in_disorder(1)) {
    ASSERT_TRUE(r_.monitoring->put_labels("e", batch));
    r_.settle();
  }
  expect_same_from_scratch();
}

TEST_P(JoinTest, LabelsThatOvertakeTheirPredictionsCountOnce) {
  const auto batches = labels_in_disorder(2);
  for (int i = 0; i < kDays; ++i) {
    if (i == 1) ASSERT_TRUE(r_.monitoring->put_labels("e", batches[0]));  // of days that are still to come
    r_.send(even(kRows, -2 + .2 * i, 2), fmt::format("d{}-", i));
    r_.settle();
    if (i == 2) ASSERT_TRUE(r_.monitoring->put_labels("e", batches[1]));  // while the log of the day is open
    r_.settle();
    next_day();
  }
  for (std::size_t i = 2; i < batches.size(); ++i) ASSERT_TRUE(r_.monitoring->put_labels("e", batches[i]));
  LabelBatch rest{{}, {}, "the rest"};
  for (int i = 0; i < kDays * kRows; ++i) rest.ids.push_back(fmt::format("d{}-{}", i / kRows, i % kRows)), rest.labels.push_back(i % 2 == 0);
  ASSERT_TRUE(r_.monitoring->put_labels("e", rest));
  r_.settle();
  expect_same_from_scratch();
}

TEST_P(JoinTest, WhereverItDiesNothingIsLostOrDoubled) {
  predict_days();
  const auto batches = labels_in_disorder(3);
  const auto faulty = sql::make_faulty(r_.db, {.seed = 4, .before = .1, .rolled_back = .15, .after = .15});
  std::unique_ptr<Service> one;
  const auto again = [&] {
    one = std::make_unique<Service>(*faulty, *r_.blobs, r_.clock, r_.registry, *r_.serving, *r_.engine, r_.folder.path() / "monitoring");
  };
  again();
  int died = 0;
  for (const auto& batch : batches) {
    while (!one->put_labels("e", batch)) again(), ++died;  // the sender tries again with the same key
    for (auto ran = one->run_due(r_.clock.now_ms()); !ran || ran->worked; ran = one->run_due(r_.clock.now_ms())) {
      if (!ran) again(), ++died;
    }
  }
  EXPECT_GT(died, 5);
  EXPECT_EQ(batches_there(), static_cast<std::int64_t>(batches.size()));
  expect_same_from_scratch();
}

TEST_P(JoinTest, OnARealClockASearchOfTheLogIsFollowedByARest) {
  predict_days();
  TickingClock clock(r_.clock.now_ms());
  Service service(r_.db, *r_.blobs, clock, r_.registry, *r_.serving, *r_.engine, r_.folder.path() / "monitoring");
  const auto joined = [&] {
    const auto ran = service.run_due(clock.now_ms());
    EXPECT_TRUE(ran) << ran.error().message;
    return std::pair(service.summary("m")->labelled, ran->next_due_ms.value_or(0));
  };
  ASSERT_TRUE(service.put_labels("e", {{"d0-1"}, {true}, "one"}));
  EXPECT_EQ(joined().first, 1);
  ASSERT_TRUE(service.put_labels("e", {{"d0-2"}, {true}, "two"}));
  const auto [labelled, due_ms] = joined();
  EXPECT_EQ(labelled, 1);
  EXPECT_GT(due_ms, clock.now_ms());
  clock.pass(due_ms - clock.now_ms());
  EXPECT_EQ(joined().first, 2);
}

TEST_P(JoinTest, TwoServersTakeBatchesAtOnce) {
  predict_days();
  constexpr int kBatches = 12;
  std::atomic<std::int64_t> fresh = 0;
  const auto send = [&](int server) {
    Service mine(r_.db, *r_.blobs, r_.clock, r_.registry, *r_.serving, *r_.engine, r_.folder.path() / "monitoring");
    for (int i = 0; i < kBatches; ++i) {
      const auto taken = mine.put_labels("e", {{fmt::format("d{}-{}", server, i)}, {true}, fmt::format("{}-{}", server, i)});
      EXPECT_TRUE(taken) << taken.error().message;
      fresh += taken.value_or(0);
      EXPECT_TRUE(mine.put_labels("e", {{fmt::format("d2-{}", i)}, {true}, fmt::format("both-{}", i)}));
    }
  };
  std::thread other(send, 0);
  send(1);
  other.join();
  EXPECT_EQ(fresh, 2 * kBatches);
  EXPECT_EQ(batches_there(), 3 * kBatches);  // each with a number of its own
  r_.settle();
  for (const int i : {0, 1, 2}) EXPECT_EQ(r_.windows()[static_cast<std::size_t>(i)].labelled, kBatches);
  EXPECT_THAT(r_.monitoring->verify()->problems, IsEmpty());
}

INSTANTIATE_TEST_SUITE_P(On, JoinTest, testing::Values("SqliteMemory", "Postgres"), [](const auto& info) { return std::string(info.param); });

}  // namespace
}  // namespace gyre::monitoring

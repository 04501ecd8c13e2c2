#include "tracking/together.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <latch>
#include <thread>

namespace gyre::tracking {
namespace {

Batch point(std::int64_t step) { return {.metrics = {{"loss", 0.5, 0, step}}, .params = {}, .tags = {}}; }

// Holds the first write until it is let go, and keeps what each of them wrote.
class SlowWrite {
 public:
  Result<void> operator()(const Batch& batch) {
    const std::lock_guard lock(mutex_);
    std::vector<std::int64_t> steps;
    for (const auto& metric : batch.metrics) steps.push_back(metric.step);
    std::ranges::sort(steps);
    written.push_back(steps);
    if (written.size() > 1) return outcome;
    begun.count_down();
    go.wait();
    return {};
  }
  std::latch begun{1}, go{1};
  std::vector<std::vector<std::int64_t>> written;
  Result<void> outcome;  // of all but the first

 private:
  std::mutex mutex_;
};

class TogetherTest : public testing::Test {
 protected:
  void log(std::string run, Batch batch) {
    threads_.emplace_back([this, run = std::move(run), batch = std::move(batch)] {
      const auto outcome = together_.write(run, batch, std::ref(write_));
      if (!outcome) ++failures_;
    });
  }
  // Until so many others wait behind the first.
  void let_wait(std::size_t others) {
    while (together_.pending("a") < 1 + others) std::this_thread::yield();
  }
  void finish() {
    write_.go.count_down();
    for (auto& thread : threads_) thread.join();
  }

  Together together_;
  SlowWrite write_;
  std::vector<std::thread> threads_;
  std::atomic<int> failures_ = 0;
};

TEST_F(TogetherTest, WhatWaitsForOneRunIsWrittenAtOnce) {
  log("a", point(0));
  write_.begun.wait();
  for (std::int64_t step = 1; step <= 3; ++step) log("a", point(step));
  let_wait(3);
  finish();
  EXPECT_THAT(write_.written, testing::ElementsAre(std::vector<std::int64_t>{0}, std::vector<std::int64_t>{1, 2, 3}));
  EXPECT_EQ(failures_, 0);
}

TEST_F(TogetherTest, AFailureIsToldToAllWhoseItIs) {
  write_.outcome = fail(Code::unavailable, "the disk is full");
  log("a", point(0));
  write_.begun.wait();
  for (std::int64_t step = 1; step <= 3; ++step) log("a", point(step));
  let_wait(3);
  finish();
  EXPECT_EQ(failures_, 3);
}

TEST_F(TogetherTest, OneTransactionIsBounded) {
  Batch large;
  for (std::int64_t i = 0; i < 5000; ++i) large.metrics.push_back({"loss", 0.5, 0, i});
  log("a", point(0));
  write_.begun.wait();
  for (int i = 0; i < 3; ++i) log("a", large);
  let_wait(3);
  finish();
  ASSERT_EQ(write_.written.size(), 4u);
  for (const auto& steps : write_.written) EXPECT_LE(steps.size(), Together::kMaxPoints);
}

TEST_F(TogetherTest, RunsDoNotWaitForEachOther) {
  log("a", point(0));
  write_.begun.wait();
  EXPECT_TRUE(together_.write("b", point(7), [](const Batch& batch) -> Result<void> {
    EXPECT_EQ(batch.metrics.front().step, 7);
    return {};
  }));
  finish();
}

}  // namespace
}  // namespace gyre::tracking

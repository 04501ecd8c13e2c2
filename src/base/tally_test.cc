#include "base/tally.h"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

namespace gyre {
namespace {

TEST(Tally, PutsEachCallIntoTheBucketOfItsTime) {
  Tally tally;
  tally.add(50'000, false);           // exactly the first bound
  tally.add(3'000'000, true);         // 3 ms
  tally.add(100'000'000'000, false);  // above the last
  const auto reading = tally.read();
  EXPECT_EQ(reading.calls, 3);
  EXPECT_EQ(reading.failures, 1);
  EXPECT_EQ(reading.buckets.front(), 1);
  EXPECT_EQ(reading.buckets[6], 1);
  EXPECT_EQ(reading.buckets.back(), 1);
  EXPECT_NEAR(reading.seconds, 100.00305, 1e-9);
}

TEST(Tally, CountsAroundACallAndGivesItsOutcome) {
  Tally tally;
  EXPECT_EQ(tally.around([]() -> Result<int> { return 7; }).value(), 7);
  EXPECT_FALSE(tally.around([]() -> Result<int> { return fail(Code::invalid, "no"); }));
  EXPECT_EQ(tally.read().calls, 2);
  EXPECT_EQ(tally.read().failures, 1);
}

TEST(Tally, LosesNothingBetweenThreads) {
  Tally tally;
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 4; ++i)
      threads.emplace_back([&] {
        for (int n = 0; n < 10'000; ++n) tally.add(1000, false);
      });
  }
  EXPECT_EQ(tally.read().calls, 40'000);
}

}  // namespace
}  // namespace gyre

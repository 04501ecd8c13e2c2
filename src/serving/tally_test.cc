#include <gtest/gtest.h>

#include "serving/serving.h"

namespace gyre::serving {
namespace {

TEST(VersionCounters, QuantilesLieWithinTheirBuckets) {
  VersionCounters counters;
  EXPECT_EQ(counters.latency_quantile_ms(.5), 0);
  counters.latency[2] = 90;  // (0.2, 0.5]
  counters.latency[6] = 10;  // (5, 10]
  EXPECT_NEAR(counters.latency_quantile_ms(.45), 0.35, 1e-9);
  EXPECT_NEAR(counters.latency_quantile_ms(.95), 7.5, 1e-9);
}

}  // namespace
}  // namespace gyre::serving

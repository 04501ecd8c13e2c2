// Curves in characters.
#include "app/cli/chart.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gyre::cli {
namespace {

TEST(ChartTest, ARangeThatNoDoubleHoldsIsDrawn) {
  const auto lines = draw({.x = {0, 1}, .y = {-1.7e308, 1.7e308}, .low = {}, .high = {}}, 40, 4);
  ASSERT_EQ(lines.size(), 5u);
  EXPECT_NE(lines[0].find_last_not_of(' '), lines[3].find_last_not_of(' ')) << "it rises from one corner to the other";
  EXPECT_EQ(draw({.x = {1e308, -1e308, 0}, .y = {0, 1, 2}, .low = {}, .high = {}}, 40, 4).size(), 5u);
}

}  // namespace
}  // namespace gyre::cli

#include "base/words.h"

#include <gtest/gtest.h>

namespace gyre {
namespace {

constexpr TimeMs kApril2001 = 986083200000, kJune2001 = 993945600000, kNovember2026 = 1795713229000;

TEST(Words, ADayTellsItsYearOnlyWhereItIsNotNows) {
  EXPECT_EQ(plain_day(kApril2001, kJune2001), "1 Apr");
  EXPECT_EQ(plain_day(kApril2001, kNovember2026), "1 Apr 2001");
  EXPECT_EQ(plain_day(kApril2001, 0), "1 Apr 2001");
}

TEST(Words, AFigureBeyondItsLimitHasTheDigitsThatTellThemApart) {
  EXPECT_EQ(beyond_text(.096, .06), ".096 over .060");
  EXPECT_EQ(beyond_text(.0199, .02), ".0199 under .0200");
}

}  // namespace
}  // namespace gyre

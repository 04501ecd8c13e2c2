#include "base/words.h"

#include <gtest/gtest.h>

#include <map>

#include "base/case.h"
#include "base/dice.h"
#include "base/shell_word.h"

namespace gyre {
namespace {

constexpr TimeMs kApril2001 = 986083200000, kJune2001 = 993945600000, kNovember2026 = 1795713229000;

TEST(Words, ADayTellsItsYearOnlyWhereItIsNotNows) {
  EXPECT_EQ(plain_day(kApril2001, kJune2001), "1 Apr");
  EXPECT_EQ(plain_day(kApril2001, kNovember2026), "1 Apr 2001");
  EXPECT_EQ(plain_day(kApril2001, 0), "1 Apr 2001");
}

TEST(Case, OnlyLettersOfAsciiAreMadeSmall) { EXPECT_EQ(lower("aZ-Ä_9\xff"), "az-Ä_9\xff"); }

TEST(ShellWord, IsInQuotesWhereAShellWouldTakeItForMore) {
  EXPECT_EQ(shell_word("model/weights-2.bin"), "model/weights-2.bin");
  EXPECT_EQ(shell_word(""), "''");
  EXPECT_EQ(shell_word("a b"), "'a b'");
  EXPECT_EQ(shell_word("it's $HOME"), "'it'\\''s $HOME'");
}

TEST(Dice, FallAsTheirSharesSayAndTheSameWayAgain) {
  Dice one(7), again(7);
  std::map<std::size_t, int> counts;
  for (int i = 0; i < 10'000; ++i) {
    const auto rolled = one.roll({0.1, 0.3});
    EXPECT_EQ(again.roll({0.1, 0.3}), rolled);
    ++counts[rolled];
  }
  EXPECT_NEAR(counts[1], 1000, 150);
  EXPECT_NEAR(counts[2], 3000, 250);
  EXPECT_EQ(counts.size(), 3u);
}

TEST(Words, AFigureBeyondItsLimitHasTheDigitsThatTellThemApart) {
  EXPECT_EQ(beyond_text(.096, .06), ".096 over .060");
  EXPECT_EQ(beyond_text(.0199, .02), ".0199 under .0200");
}

}  // namespace
}  // namespace gyre

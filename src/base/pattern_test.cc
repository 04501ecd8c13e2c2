#include "base/pattern.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <regex.h>

#include <array>
#include <random>

#include "base/clock.h"

namespace gyre {
namespace {

bool found(std::string_view pattern, std::string_view text) {
  const auto compiled = Pattern::compile(pattern);
  EXPECT_TRUE(compiled) << pattern << ": " << (compiled ? "" : compiled.error().what);
  return compiled && compiled->found_in(text);
}

PatternTrouble trouble(std::string_view pattern) {
  const auto compiled = Pattern::compile(pattern);
  EXPECT_FALSE(compiled) << pattern;
  return compiled ? PatternTrouble() : compiled.error();
}

TEST(Pattern, IsFoundAnywhereWhereItIs) {
  for (const auto& [pattern, yes, no] : {std::tuple{"^gpu-[0-9]+$", "gpu-17", "gpu-17b"},
                                         {"b", "abc", "ac"},
                                         {"a|b|^$", "", "c"},
                                         {"(ab){2,3}c", "ababc", "abc"},
                                         {"^a{2,}$", "aaaa", "a"},
                                         {"^a{0,1}$", "a", "aa"},
                                         {"^(a*)*b$", "aab", "ac"},
                                         {"[]x-]", "]", "y"},
                                         {"^[^a-c]$", "d", "b"},
                                         {"^[[:digit:]_]+$", "1_2", "1 2"},
                                         {"^.$", "\xc3\xa4", "ab"},
                                         {"^[\xc3\xa0-\xc3\xbf]$", "\xc3\xa4", "a"},
                                         {"x$|^y", "ya", "xa"},
                                         {"a.c", "a\nc", "ac"}}) {
    EXPECT_TRUE(found(pattern, yes)) << pattern << " in " << yes;
    EXPECT_FALSE(found(pattern, no)) << pattern << " in " << no;
  }
  EXPECT_TRUE(found("", "anything"));
}

TEST(Pattern, SaysWhatIsNotSupportedAndWhere) {
  EXPECT_EQ(trouble("(a)\\1").at, 3u);
  EXPECT_THAT(trouble("(a)\\1").what, testing::HasSubstr("no back-reference"));
  EXPECT_THAT(trouble("[\\d]").what, testing::HasSubstr("backslash"));
  EXPECT_THAT(trouble("x(?=a)").what, testing::HasSubstr("look-around"));
  EXPECT_EQ(trouble("x(?=a)").at, 1u);
  for (const auto* bad : {"(",      ")",      "[",    "[a", "[z-a]",         "*",       "a|+",     "a**",     "a+?",   "a{2",
                          "a{3,2}", "a{256}", "a{x}", "^*", "[[:nothing:]]", "[[.a.]]", "[a-c-e]", "a{1}{2}", "***=a", "[[:<:]]a"})
    EXPECT_FALSE(trouble(bad).what.empty()) << bad;
  EXPECT_THAT(trouble("((a{255}){255}){255}").what, testing::HasSubstr("steps"));
  EXPECT_THAT(trouble("((((){255}){255}){255}){255}").what, testing::HasSubstr("steps"));
  EXPECT_THAT(trouble(std::string(100, '(')).what, testing::HasSubstr("deep"));
  EXPECT_THAT(trouble(std::string(300, 'a')).what, testing::HasSubstr("256 bytes"));
}

// What took minutes or gigabytes elsewhere: nested repetitions, and a choice that must be remembered for long.
TEST(Pattern, CostsNoMoreThanItsLengthAndTheTexts) {
  EXPECT_THAT(trouble("(((((((a+)+)+)+)+)+)+)+").what, testing::HasSubstr("more than 4 deep"));
  std::string text(8000, 'a');
  text += "b";
  const auto begun = monotonic_ns();
  for (const auto& pattern : {std::string("((((a+)+)+)+)$"), std::string("(a+)+$"), std::string("(a|a)*c"), std::string("(a|b)*a(a|b){50}c")})
    EXPECT_FALSE(found(pattern, text)) << pattern;
  EXPECT_LT(monotonic_ns() - begun, 20'000'000'000) << "the slowest build takes a second";
}

// What POSIX says of expressions made at random of what both know; the C library's own is the judge.
TEST(Pattern, AgreesWithTheLibraryOfC) {
  std::mt19937_64 random(7);
  const auto below = [&](std::size_t n) { return random() % n; };
  const auto pick = [&](std::string_view of) { return of[below(of.size())]; };
  const auto some = [&](auto& self, int depth) -> std::string {
    std::string text;
    for (auto parts = 1 + below(3); parts > 0; --parts) {
      const auto kind = below(6);
      if (kind < 3 || depth == 0)
        text += pick("abc.");
      else if (kind == 3)
        text += "[" + std::string(below(2) ? "^" : "") + pick("ab") + pick("bc") + "]";
      else
        text += "(" + self(self, depth - 1) + (below(2) ? "|" + self(self, depth - 1) : "") + ")";
      if (below(3) == 0) text += std::array{"*", "+", "?", "{2}", "{1,2}"}[below(5)];
    }
    return text;
  };
  for (int i = 0; i < 3000; ++i) {
    const auto pattern = (below(4) ? "" : "^") + some(some, 2) + (below(4) ? "" : "$");
    regex_t judge;
    ASSERT_EQ(regcomp(&judge, pattern.c_str(), REG_EXTENDED | REG_NOSUB), 0) << pattern;
    for (int j = 0; j < 5; ++j) {
      std::string text;
      for (auto length = below(9); length > 0; --length) text += pick("abcd");
      EXPECT_EQ(found(pattern, text), regexec(&judge, text.c_str(), 0, nullptr, 0) == 0) << pattern << " in '" << text << "'";
    }
    regfree(&judge);
  }
}

}  // namespace
}  // namespace gyre

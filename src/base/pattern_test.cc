#include "base/pattern.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

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
                                         {"^run-\\d+\\.\\w+$", "run-12.b", "run-x.b"},
                                         {"^[\\d\\.]+$", "1.2", "1,2"},
                                         {"^a\\{1\\}$", "a{1}", "aa"},
                                         {"(?i)^GPU", "gpu-1", "cpu-1"},
                                         {"^[\\w.-]+$", "a.b-c", "a b"},
                                         {"^[-a]+[]a-c][^]-]$", "-a]x", "-a]-"},
                                         {"^(?:ab)+?$", "abab", "aba"},
                                         {"a.c", "a\nc", "ac"}}) {
    EXPECT_TRUE(found(pattern, yes)) << pattern << " in " << yes;
    EXPECT_FALSE(found(pattern, no)) << pattern << " in " << no;
  }
  EXPECT_TRUE(found("", "anything"));
}

TEST(Pattern, SaysWhatIsNotSupportedAndWhere) {
  EXPECT_EQ(trouble("(a)\\1").at, 3u);
  EXPECT_THAT(trouble("(a)\\1").what, testing::HasSubstr("no back-references"));
  EXPECT_THAT(trouble("a\\b").what, testing::HasSubstr("\\b is not known"));
  EXPECT_THAT(trouble("x(?=a)").what, testing::HasSubstr("look-around"));
  EXPECT_EQ(trouble("x(?=a)").at, 1u);
  EXPECT_EQ(trouble("ab[z-a]").at, 3u);
  for (const auto* bad :
       {"(",        ")",        "[",       "[a",       "[z-a]", "*",     "a|+", "a**",     "a{2}{3}", "a{2",     "^*",           "a{3,2}", "a{256}", "a{x}",
        "a{1,2,3}", "[[:no:]]", "[[.a.]]", "[[:<:]]a", "***=a", "[\\D]", "a\\", "[\\w-.]", "[a-c-e]", "[a-\\d]", "[[:^alpha:]]", "x(?i)",  "a*??",   "a+*"})
    EXPECT_FALSE(trouble(bad).what.empty()) << bad;
  EXPECT_FALSE(trouble("((a{255}){255}){255}").what.empty());
  EXPECT_THAT(trouble("(.{1,100}){1,10}b").what, testing::HasSubstr("repeats too much"));
  EXPECT_TRUE(found("^.{1,200}$", "abc"));
  EXPECT_THAT(trouble("(((((((a+)+)+)+)+)+)+)+").what, testing::HasSubstr("more than 4 deep"));
  EXPECT_THAT(trouble(std::string(300, 'a')).what, testing::HasSubstr("256 bytes"));
}

// Each took minutes or gigabytes elsewhere; here it takes no time that one would notice.
TEST(Pattern, WhatBacktracksElsewhereEndsHere) {
  const auto text = std::string(8000, 'a') + "b";
  for (const auto* pattern : {"((((a+)+)+)+)$", "(a+)+$", "(a|a)*c", "(a|b)*a(a|b){50}c"}) EXPECT_FALSE(found(pattern, text)) << pattern;
}

}  // namespace
}  // namespace gyre

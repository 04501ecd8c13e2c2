#include "base/text_diff.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <vector>

namespace gyre {
namespace {

TextDiff diff(std::string_view before, std::string_view after) { return unified_diff(before, after, {"a", "b"}); }

// Both texts, read back from a diff that has no lines left out.
std::pair<std::string, std::string> sides_of(std::string_view text) {
  std::pair<std::string, std::string> sides;
  for (std::size_t at = 0; at < text.size();) {
    const auto end = text.find('\n', at) + 1;
    const auto line = text.substr(at, end - at);
    at = end;
    if (line.starts_with("---") || line.starts_with("+++") || line.starts_with("@@")) continue;
    if (line[0] != '+') sides.first += line.substr(1);
    if (line[0] != '-') sides.second += line.substr(1);
  }
  return sides;
}

std::size_t common_lines(const std::string& a, const std::string& b) {
  std::vector<std::size_t> row(b.size() + 1);
  for (const char x : a) {
    std::size_t corner = 0;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const auto above = row[j];
      row[j] = x == b[j - 1] ? corner + 1 : std::max(row[j], row[j - 1]);
      corner = above;
    }
  }
  return row.back();
}

TEST(TextDiff, ShowsChangesWithWhatStandsAroundThem) {
  const auto made = diff("1\n2\n3\n4\n5\n6\n7\n8\n9\n", "1\n2\n3\n4\nfive\n6\n7\n8\n9\n");
  EXPECT_EQ(made.text, "--- a\n+++ b\n@@ -2,7 +2,7 @@\n 2\n 3\n 4\n-5\n+five\n 6\n 7\n 8\n");
  EXPECT_EQ(made.added, 1);
  EXPECT_EQ(made.removed, 1);
  EXPECT_TRUE(diff("same\n", "same\n").text.empty());
}

TEST(TextDiff, FarChangesAreHunksOfTheirOwn) {
  std::string before, after;
  for (int i = 0; i < 40; ++i) before += std::to_string(i) + "\n", after += (i == 5 || i == 30 ? "x" : std::to_string(i)) + "\n";
  const auto text = diff(before, after).text;
  EXPECT_TRUE(text.contains("@@ -3,7 +3,7 @@\n")) << text;
  EXPECT_TRUE(text.contains("@@ -28,7 +28,7 @@\n")) << text;
}

TEST(TextDiff, OfNothingAndWithoutALastNewline) {
  EXPECT_EQ(diff("", "a\n").text, "--- a\n+++ b\n@@ -0,0 +1 @@\n+a\n");
  EXPECT_EQ(diff("a\n", "").text, "--- a\n+++ b\n@@ -1 +0,0 @@\n-a\n");
  EXPECT_EQ(diff("a", "a\n").text, "--- a\n+++ b\n@@ -1 +1 @@\n-a\n\\ No newline at end of file\n+a\n");
}

TEST(TextDiff, IsTheShortestAndGivesBothTextsBack) {
  std::mt19937 random(7);
  for (int round = 0; round < 300; ++round) {
    std::string a, b, before, after;
    for (auto n = random() % 12; n > 0; --n) a += static_cast<char>('p' + random() % 3);
    for (auto n = random() % 12; n > 0; --n) b += static_cast<char>('p' + random() % 3);
    for (const char c : a) before += std::string(1, c) + "\n";
    for (const char c : b) after += std::string(1, c) + "\n";
    const auto made = diff(before, after);
    const auto common = static_cast<std::int64_t>(common_lines(a, b));
    EXPECT_EQ(made.removed, std::ssize(a) - common) << a << " " << b;
    EXPECT_EQ(made.added, std::ssize(b) - common) << a << " " << b;
    if (made.text.empty() || std::ranges::count(made.text, '@') != 4) continue;
    const auto [first, second] = sides_of(made.text);
    EXPECT_TRUE(before.contains(first) && after.contains(second)) << made.text;
  }
}

TEST(TextDiff, WhereAlmostAllDiffersItIsCoarse) {
  std::string before = "first\n", after = "first\n";
  for (int i = 0; i < 3000; ++i) before += "a" + std::to_string(i) + "\n", after += "b" + std::to_string(i) + "\n";
  const auto made = diff(before, after);
  EXPECT_TRUE(made.is_coarse);
  EXPECT_EQ(made.added, 3000);
  EXPECT_EQ(made.removed, 3000);
}

}  // namespace
}  // namespace gyre

#include "base/nearest.h"

#include <fmt/format.h>

#include <algorithm>
#include <ranges>
#include <utility>

namespace gyre {

std::size_t spelling_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> before(b.size() + 1), above(b.size() + 1), row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    before = std::exchange(above, row);
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      row[j] = std::min({above[j] + 1, row[j - 1] + 1, above[j - 1] + (a[i - 1] != b[j - 1])});
      const bool swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
      if (swapped) row[j] = std::min(row[j], before[j - 2] + 1);
    }
  }
  return row.back();
}

std::string nearest(std::string_view word, std::vector<std::string> known) {
  constexpr std::size_t kMostNamed = 3;
  std::ranges::sort(known);
  known.erase(std::ranges::unique(known).begin(), known.end());
  // What begins as the word does is meant more likely than what merely has as many letters.
  const auto rank = [&](const std::string& candidate) {
    return std::pair(candidate.starts_with(word) && !word.empty() ? 0 : spelling_distance(word, candidate), std::string_view(candidate));
  };
  std::ranges::sort(known, {}, rank);
  known.resize(std::min(known.size(), kMostNamed));
  return fmt::format("{}", fmt::join(known, ", "));
}

std::string did_you_mean(std::string_view word, std::vector<std::string> known) {
  constexpr std::size_t kMostNamed = 3, kMostListed = 20, kLongestCompared = 100;
  if (known.empty()) return "there is none";
  std::ranges::sort(known);
  known.erase(std::ranges::unique(known).begin(), known.end());
  std::vector<std::pair<std::size_t, std::string>> near;
  for (const auto& name : known) {
    const auto away = word.size() > kLongestCompared ? kLongestCompared : spelling_distance(word, name);
    if (away <= std::max<std::size_t>(2, word.size() / 3)) near.emplace_back(away, fmt::format("'{}'", name));
  }
  std::ranges::sort(near);
  if (near.size() > kMostNamed) near.resize(kMostNamed);
  if (!near.empty()) return fmt::format("did you mean {}?", fmt::join(near | std::views::values, " or "));
  return known.size() > kMostListed ? fmt::format("{} are known", known.size()) : fmt::format("known: {}", fmt::join(known, ", "));
}

}  // namespace gyre

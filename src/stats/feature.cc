#include "stats/feature.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>

#include "stats/correlation.h"

namespace gyre::stats {
namespace {

constexpr float kMissing = std::numeric_limits<float>::quiet_NaN();

}  // namespace

Feature number_feature(std::span<const double> values) {
  std::vector<double> present;
  for (const auto value : values) {
    if (!std::isnan(value)) present.push_back(value);
  }
  const auto ranked = ranks(present);
  Feature feature;
  std::size_t next = 0;
  for (const auto value : values) feature.values.push_back(std::isnan(value) ? kMissing : static_cast<float>(ranked[next++]));
  return feature;
}

Feature category_feature(std::span<const std::string> values, const std::vector<bool>& missing) {
  std::map<std::string_view, std::int64_t> counts;
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (!missing[i]) ++counts[values[i]];
  }
  std::vector<std::string_view> order;
  for (const auto& [text, count] : counts) order.push_back(text);
  std::ranges::stable_sort(order, std::greater(), [&](std::string_view text) { return counts[text]; });
  std::map<std::string_view, int> numbers;
  for (std::size_t i = 0; i < order.size(); ++i) numbers[order[i]] = std::min(static_cast<int>(i), kMaxCategories - 1);
  Feature feature{.is_category = true, .values = {}};
  for (std::size_t i = 0; i < values.size(); ++i) feature.values.push_back(missing[i] ? kMissing : static_cast<float>(numbers[values[i]]));
  return feature;
}

}  // namespace gyre::stats

// Columns as trees read them.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace gyre::stats {

constexpr int kMaxCategories = 64;

// One value a row. A number is kept as its rank, so that a cut which is drawn evenly falls between 1e-5 and 1e-4 as readily as between
// 0.1 and 1; a category as its number below kMaxCategories. NaN: the row has none.
struct Feature {
  bool is_category = false;
  std::vector<float> values;
};

// NaN: missing; infinities are the largest and the least.
Feature number_feature(std::span<const double> values);
// The commonest kMaxCategories - 1 have a number each, all others share the last. `missing[i]`: the row has none.
Feature category_feature(std::span<const std::string> values, const std::vector<bool>& missing);

}  // namespace gyre::stats

// How closely two columns of numbers go together.
#pragma once

#include <optional>
#include <span>
#include <vector>

namespace gyre::stats {

constexpr std::size_t kLeastPairs = 3;

// Pearson's coefficient over the pairs in which both are finite; nothing of fewer than kLeastPairs, or where either column is constant.
// Both columns are equally long.
std::optional<double> pearson(std::span<const double> x, std::span<const double> y);
// Spearman's: Pearson's of the ranks. 1 where one rises whenever the other does, however steeply.
std::optional<double> spearman(std::span<const double> x, std::span<const double> y);

// From 1; equal values share the mean of theirs. None is NaN.
std::vector<double> ranks(std::span<const double> values);

}  // namespace gyre::stats

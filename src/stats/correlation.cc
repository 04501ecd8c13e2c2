#include "stats/correlation.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace gyre::stats {
namespace {

struct Pairs {
  std::vector<double> x, y;
};

Pairs finite(std::span<const double> x, std::span<const double> y) {
  Pairs pairs;
  for (std::size_t i = 0; i < x.size(); ++i) {
    if (!std::isfinite(x[i]) || !std::isfinite(y[i])) continue;
    pairs.x.push_back(x[i]);
    pairs.y.push_back(y[i]);
  }
  return pairs;
}

// Each column by its largest magnitude first, so that no sum of squares overflows.
void scale(std::vector<double>& values) {
  double most = 0;
  for (const auto value : values) most = std::max(most, std::abs(value));
  if (most == 0) return;
  for (auto& value : values) value /= most;
}

double mean(std::span<const double> values) { return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size()); }

std::optional<double> of_pairs(Pairs pairs) {
  if (pairs.x.size() < kLeastPairs) return std::nullopt;
  scale(pairs.x);
  scale(pairs.y);
  const auto mean_x = mean(pairs.x), mean_y = mean(pairs.y);
  double xx = 0, yy = 0, xy = 0;
  for (std::size_t i = 0; i < pairs.x.size(); ++i) {
    const auto dx = pairs.x[i] - mean_x, dy = pairs.y[i] - mean_y;
    xx += dx * dx, yy += dy * dy, xy += dx * dy;
  }
  // What is left of rounding in a column of equal values is no variance.
  constexpr double kRounding = 1e-28;
  const auto n = static_cast<double>(pairs.x.size());
  if (xx <= kRounding * n || yy <= kRounding * n) return std::nullopt;
  return std::clamp(xy / std::sqrt(xx) / std::sqrt(yy), -1.0, 1.0);
}

}  // namespace

std::vector<double> ranks(std::span<const double> values) {
  std::vector<std::size_t> order(values.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::sort(order, {}, [&](std::size_t i) { return values[i]; });
  std::vector<double> ranks(values.size());
  for (std::size_t first = 0; first < order.size();) {
    auto end = first + 1;
    while (end < order.size() && values[order[end]] == values[order[first]]) ++end;
    for (auto i = first; i < end; ++i) ranks[order[i]] = static_cast<double>(first + end + 1) / 2;
    first = end;
  }
  return ranks;
}

std::optional<double> pearson(std::span<const double> x, std::span<const double> y) { return of_pairs(finite(x, y)); }

std::optional<double> spearman(std::span<const double> x, std::span<const double> y) {
  const auto pairs = finite(x, y);
  return of_pairs({ranks(pairs.x), ranks(pairs.y)});
}

}  // namespace gyre::stats

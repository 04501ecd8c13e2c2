#include "tracking/robust_view.h"

#include <algorithm>
#include <cmath>

namespace gyre::tracking {

std::optional<std::pair<double, double>> robust_view(std::vector<double> values) {
  std::erase_if(values, [](double value) { return !std::isfinite(value); });
  if (values.empty()) return std::nullopt;
  const auto quantile = [&](double share) {
    const auto at = values.begin() + static_cast<std::ptrdiff_t>(std::llround(share * static_cast<double>(values.size() - 1)));
    std::ranges::nth_element(values, at);
    return *at;
  };
  const double low = quantile(0.05), high = quantile(0.95), fence = kFence * (high - low);
  if (fence > 0) std::erase_if(values, [&](double value) { return value < low - fence || value > high + fence; });
  const auto [least, most] = std::ranges::minmax(values);
  return std::pair(least, most);
}

}  // namespace gyre::tracking

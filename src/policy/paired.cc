#include "policy/paired.h"

#include <algorithm>
#include <boost/math/special_functions/erf.hpp>
#include <cmath>
#include <map>
#include <numbers>

namespace gyre::policy {

double sure_loss(const PairedResult& result, double z) { return -result.mean - z * result.error; }

std::size_t worst_of(const std::vector<PairedResult>& results, double z) {
  const auto worst = std::ranges::max_element(results, {}, [z](const PairedResult& result) { return sure_loss(result, z); });
  return static_cast<std::size_t>(worst - results.begin());
}

double level_of(double z) { return std::erf(z / std::numbers::sqrt2); }

double family_z(double z, std::int64_t comparisons) {
  const double tail = std::erfc(z / std::numbers::sqrt2) / static_cast<double>(std::max<std::int64_t>(comparisons, 1));
  return tail > 0 ? std::numbers::sqrt2 * boost::math::erfc_inv(tail) : z;  // beyond 38 deviations nothing is left to share
}

PairedResult paired_test(const std::vector<double>& differences, const std::vector<TimeMs>& at_ms, std::int64_t cluster_ms) {
  PairedResult result;
  result.n = static_cast<std::int64_t>(differences.size());
  if (differences.empty()) return result;
  struct Cluster {
    double sum = 0;
    std::int64_t rows = 0;
  };
  std::map<std::int64_t, Cluster> clusters;
  double total = 0;
  for (std::size_t i = 0; i < differences.size(); ++i) {
    auto& cluster = clusters[at_ms[i] / cluster_ms];
    cluster.sum += differences[i];
    ++cluster.rows;
    total += differences[i];
  }
  const double n = static_cast<double>(result.n), g = static_cast<double>(clusters.size());
  result.mean = total / n;
  result.clusters = static_cast<std::int64_t>(clusters.size());
  if (clusters.size() < 2) return result;
  double squares = 0;
  for (const auto& [time, cluster] : clusters) {
    const double deviation = cluster.sum - result.mean * static_cast<double>(cluster.rows);
    squares += deviation * deviation;
  }
  result.error = std::sqrt(squares * g / (g - 1)) / n;
  result.z = result.error > 0 ? result.mean / result.error : 0;
  return result;
}

}  // namespace gyre::policy

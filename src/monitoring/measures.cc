#include "monitoring/measures.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace gyre::monitoring {
namespace {

double total(const Profile& profile) {
  double sum = 0;
  for (const auto count : profile.counts) sum += static_cast<double>(count);
  return sum;
}

double share(std::int64_t part, std::int64_t whole) { return whole > 0 ? static_cast<double>(part) / static_cast<double>(whole) : 0; }

// Calls use(p, q) with the shares of each bin.
template <class Use>
void each_bin(const Profile& a, const Profile& b, double smoothing, Use use) {
  const auto bins = std::min(a.counts.size(), b.counts.size());
  const double total_a = total(a) + smoothing * static_cast<double>(bins), total_b = total(b) + smoothing * static_cast<double>(bins);
  if (total_a <= 0 || total_b <= 0) return;
  for (std::size_t i = 0; i < bins; ++i)
    use((static_cast<double>(a.counts[i]) + smoothing) / total_a, (static_cast<double>(b.counts[i]) + smoothing) / total_b);
}

}  // namespace

double js_distance(const Profile& reference, const Profile& current) {
  double divergence = 0;
  each_bin(reference, current, 0, [&](double p, double q) {
    const double m = (p + q) / 2;
    if (p > 0) divergence += p / 2 * std::log(p / m);
    if (q > 0) divergence += q / 2 * std::log(q / m);
  });
  return std::sqrt(std::max(0.0, divergence));
}

double psi(const Profile& reference, const Profile& current) {
  double sum = 0;
  each_bin(reference, current, 0.5, [&](double p, double q) { sum += (q - p) * std::log(q / p); });
  return sum;
}

double ks_distance(const Profile& reference, const Profile& current) {
  double largest = 0, at_p = 0, at_q = 0;
  each_bin(reference, current, 0, [&](double p, double q) {
    at_p += p;
    at_q += q;
    largest = std::max(largest, std::abs(at_p - at_q));
  });
  return largest;
}

double w1_distance(const Profile& reference, const Profile& current, const Layout& layout) {
  const double deviation = std::max(reference.deviation(), 1e-12);
  std::vector<double> middles;
  for (std::size_t i = 0; i < layout.bins(); ++i) {
    const double low = i == 0 ? layout.low : layout.edges[i - 1];  // the reference's own range: one outlier must not stretch it
    const double high = i < layout.edges.size() ? layout.edges[i] : layout.high;
    middles.push_back((low + high) / 2);
  }
  double sum = 0, gap = 0;
  std::size_t i = 0;
  each_bin(reference, current, 0, [&](double p, double q) {
    gap += p - q;
    if (i + 1 < middles.size()) sum += std::abs(gap) * (middles[i + 1] - middles[i]);
    ++i;
  });
  return sum / deviation;
}

double chi_square(const Profile& reference, const Profile& current) {
  const double n_a = total(reference), n_b = total(current);
  if (n_a <= 0 || n_b <= 0) return 0;
  double sum = 0;
  for (std::size_t i = 0; i < std::min(reference.counts.size(), current.counts.size()); ++i) {
    const double a = static_cast<double>(reference.counts[i]), b = static_cast<double>(current.counts[i]);
    if (a + b == 0) continue;
    const double expected_a = (a + b) * n_a / (n_a + n_b), expected_b = (a + b) * n_b / (n_a + n_b);
    sum += (a - expected_a) * (a - expected_a) / expected_a + (b - expected_b) * (b - expected_b) / expected_b;
  }
  return sum;
}

double cramers_v(const Profile& reference, const Profile& current) {
  const double n = total(reference) + total(current);
  return n > 0 ? std::sqrt(chi_square(reference, current) / n) : 0;
}

double missing_share(const Profile& profile) { return share(profile.missing, profile.n); }
double unseen_share(const Profile& profile, const Layout& layout) {
  return layout.category && !profile.counts.empty() ? share(profile.counts.back(), profile.present()) : 0;
}
double out_of_range_share(const Profile& profile) { return share(profile.out_of_range, profile.present()); }

double value_share(const Profile& profile, double value) {
  const auto found = profile.exact.find(value);
  return found == profile.exact.end() ? 0 : share(found->second, profile.present());
}

std::optional<double> measure(std::string_view name, const Profile& reference, const Profile& current, const Layout& layout) {
  if (name == "js") return js_distance(reference, current);
  if (name == "psi") return psi(reference, current);
  if (name == "ks") return layout.category ? std::nullopt : std::optional(ks_distance(reference, current));
  if (name == "w1") return layout.category ? std::nullopt : std::optional(w1_distance(reference, current, layout));
  if (name == "chi2") return cramers_v(reference, current);
  if (name == "missing") return missing_share(current);
  if (name == "unseen") return unseen_share(current, layout);
  if (name == "out_of_range") return out_of_range_share(current);
  return std::nullopt;
}

double share_error(double share, std::int64_t n) {
  const double rows = static_cast<double>(n) + 4, middle = (share * static_cast<double>(n) + 2) / rows;
  return std::sqrt(middle * (1 - middle) / rows);
}

std::string share_name(double value) { return fmt::format("share:{}", value); }

}  // namespace gyre::monitoring

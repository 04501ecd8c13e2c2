#include "tracking/group_figures.h"

#include <algorithm>
#include <boost/math/distributions/students_t.hpp>
#include <cmath>
#include <limits>
#include <vector>

namespace gyre::tracking {
namespace {

constexpr double kUpper = 0.975;
constexpr std::size_t kMaxKnown = 1024;

// It takes microseconds, and groups of a few sizes are asked for thousands of times.
double student_quantile(std::int64_t n) {
  thread_local std::vector<double> known(kMaxKnown, 0);
  const auto place = static_cast<std::size_t>(n);
  if (place < known.size() && known[place] > 0) return known[place];
  const double quantile = boost::math::quantile(boost::math::students_t(static_cast<double>(n - 1)), kUpper);
  if (place < known.size()) known[place] = quantile;
  return quantile;
}

}  // namespace

void FigureSum::add(double value) {
  if (std::isnan(value)) {
    ++nan_;
    return;
  }
  const bool first = finite_ + above_ + below_ == 0;
  min_ = first ? value : std::min(min_, value);
  max_ = first ? value : std::max(max_, value);
  if (std::isinf(value)) {
    ++(value > 0 ? above_ : below_);
    return;
  }
  ++finite_;
  const double off = value - mean_;
  mean_ += off / static_cast<double>(finite_);
  squares_ += off * (value - mean_);
}

GroupFigure FigureSum::figure() const {
  constexpr double kInfinite = std::numeric_limits<double>::infinity();
  GroupFigure figure{.n = finite_ + above_ + below_, .nan = nan_, .mean = {}, .deviation = {}, .low = {}, .high = {}, .min = {}, .max = {}};
  if (figure.n == 0) return figure;
  figure.min = min_;
  figure.max = max_;
  if (above_ + below_ > 0) {
    if (above_ == 0 || below_ == 0) figure.mean = above_ > 0 ? kInfinite : -kInfinite;
    return figure;
  }
  figure.mean = mean_;
  if (finite_ < 2) return figure;
  const double deviation = std::sqrt(squares_ / static_cast<double>(finite_ - 1));
  if (!std::isfinite(deviation)) return figure;
  figure.deviation = deviation;
  const auto half = confidence(finite_, deviation);
  if (half && std::isfinite(mean_ - *half) && std::isfinite(mean_ + *half)) {
    figure.low = mean_ - *half;
    figure.high = mean_ + *half;
  }
  return figure;
}

std::optional<double> confidence(std::int64_t n, double deviation) {
  if (n < 2) return std::nullopt;
  return student_quantile(n) * deviation / std::sqrt(static_cast<double>(n));
}

}  // namespace gyre::tracking

#include "tracking/curve_grid.h"

#include <algorithm>
#include <cmath>

namespace gyre::tracking {
namespace {

std::int64_t bounded(double value) { return static_cast<std::int64_t>(std::clamp(value, -9e18, 9e18)); }

}  // namespace

Window window_of(const CurveQuery& query, TimeMs run_start_ms) {
  Window window{.of_time = query.axis != Axis::step, .origin = query.axis == Axis::relative ? run_start_ms : 0};
  if (query.from) window.from = bounded(std::ceil(*query.from) + static_cast<double>(window.origin));
  if (query.to) window.to = bounded(std::floor(*query.to) + static_cast<double>(window.origin));
  return window;
}

void Extent::add(std::int64_t x) {
  first = std::min(first, x);
  last = std::max(last, x);
  if (!too_many()) distinct_.insert(x);
}

std::size_t Grid::place(std::int64_t x) const {
  if (buckets_ == 0) return static_cast<std::size_t>(std::ranges::lower_bound(exact_, x) - exact_.begin());
  return std::min(buckets_ - 1, static_cast<std::size_t>((static_cast<double>(x) - first_) / width_));
}

std::vector<double> Grid::middles(std::int64_t origin) const {
  std::vector<double> x;
  for (const auto exact : exact_) x.push_back(static_cast<double>(exact - origin));
  for (std::size_t i = 0; i < buckets_; ++i) x.push_back(first_ - static_cast<double>(origin) + width_ * (static_cast<double>(i) + 0.5));
  return x;
}

void Filling::add_at(std::size_t place, const Summary& summary) {
  auto& sum = sums_[place];
  const auto& last = window_.last(summary);
  if (sum.count == 0) {
    sum = {summary.count, last, summary.min, summary.max};
    return;
  }
  sum.count += summary.count;
  if (window_.is_later(last, sum.last)) sum.last = last;
  sum.min = std::fmin(sum.min, summary.min);
  sum.max = std::fmax(sum.max, summary.max);
}

bool Filling::add(const Summary& chunk) {
  if (window_.has_none_of(chunk)) return true;
  if (!window_.has_all_of(chunk)) return false;
  const auto place = grid_.place(window_.first_x(chunk));
  if (grid_.place(window_.last_x(chunk)) != place) return false;
  add_at(place, chunk);
  return true;
}

Curves::Curve Filling::finish() && {
  Curves::Curve curve{std::move(key_), {}};
  curve.buckets.reserve(sums_.size());
  for (const auto& sum : sums_) curve.buckets.push_back({sum.last.value, sum.min, sum.max, sum.count});
  return curve;
}

}  // namespace gyre::tracking

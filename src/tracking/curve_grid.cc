#include "tracking/curve_grid.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace gyre::tracking {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity(), kNaN = std::numeric_limits<double>::quiet_NaN();

double bounded(double value) { return std::clamp(value, -9e18, 9e18); }

// Times are whole: the first at or after a bound, the last at or before it.
Step whole(double value) { return {static_cast<std::int64_t>(bounded(value))}; }
Step exact(double value) { return step_of(bounded(value)).value_or(Step()); }

// Of values that are numbers; NaN where none is.
std::pair<double, double> extremes(std::span<const Point> points) {
  double min = kInfinity, max = -kInfinity;
  for (const auto& point : points) {
    min = point.value < min ? point.value : min;
    max = point.value > max ? point.value : max;
  }
  return min > max ? std::pair(kNaN, kNaN) : std::pair(min, max);
}

// The sorted one that lies next to x; there is one at least.
double nearest(std::span<const double> sorted, double x) {
  const auto after = std::ranges::lower_bound(sorted, x);
  if (after == sorted.begin()) return *after;
  const auto before = after - 1;
  return after == sorted.end() || x - *before < *after - x ? *before : *after;
}

}  // namespace

Window window_of(const CurveQuery& query, TimeMs run_start_ms) {
  Window window{.of_time = query.axis != Axis::step, .origin = query.axis == Axis::relative ? run_start_ms : 0};
  const auto origin = static_cast<double>(window.origin);
  if (query.from) window.from = window.of_time ? whole(std::ceil(*query.from) + origin) : exact(*query.from);
  if (query.to) window.to = window.of_time ? whole(std::floor(*query.to) + origin) : exact(*query.to);
  return window;
}

void Extent::add(const Step& x) {
  first = std::min(first, x);
  last = std::max(last, x);
  if (!too_many()) distinct_.insert(x);
}

Grid::Grid(const Step& first, const Step& last, std::size_t buckets, std::span<const double> chunks) : last_(number_of(last)) {
  const double start = number_of(first), width = (last_ - start) / static_cast<double>(buckets);
  const bool cuts_few = chunks.size() < buckets;
  for (std::size_t i = 0; i < buckets; ++i) {
    const double even = start + width * static_cast<double>(i);
    const double moved = i == 0 || cuts_few ? even : nearest(chunks, even);
    starts_.push_back(std::fabs(moved - even) <= width / 2 ? moved : even);
  }
  const auto twice = std::ranges::unique(starts_);
  starts_.erase(twice.begin(), twice.end());
}

std::size_t Grid::place(const Step& x) const {
  if (exact()) return static_cast<std::size_t>(std::ranges::lower_bound(exact_, x) - exact_.begin());
  return static_cast<std::size_t>(std::upper_bound(starts_.begin() + 1, starts_.end(), number_of(x)) - starts_.begin()) - 1;
}

std::vector<double> Grid::middles(std::int64_t origin) const {
  std::vector<double> x;
  for (const auto exact : exact_) x.push_back(number_of({exact.whole - origin, exact.fraction}));
  const auto from_origin = [&](double start) { return start - static_cast<double>(origin); };
  for (std::size_t i = 0; i < starts_.size(); ++i) {
    const double end = i + 1 < starts_.size() ? starts_[i + 1] : last_;
    x.push_back(from_origin(starts_[i]) + (end - starts_[i]) / 2);
  }
  return x;
}

void Filling::add_at(std::size_t place, const Sum& more) {
  auto& sum = sums_[place];
  if (sum.count == 0) {
    sum = more;
    return;
  }
  sum.count += more.count;
  if (window_.is_later(more.last, sum.last)) sum.last = more.last;
  sum.min = std::fmin(sum.min, more.min);
  sum.max = std::fmax(sum.max, more.max);
}

// By x as by_step, and so by both: the last of a bucket is the last of its part.
void Filling::add_in_order(std::span<const Point> points) {
  while (!points.empty()) {
    const auto place = grid_.place(window_.x(points.front()));
    const auto end = std::ranges::partition_point(points, [&](const Point& point) { return grid_.place(window_.x(point)) == place; });
    const auto part = points.first(static_cast<std::size_t>(end - points.begin()));
    const auto [min, max] = extremes(part);
    add_at(place, {static_cast<std::int64_t>(part.size()), part.back(), min, max});
    points = points.subspan(part.size());
  }
}

void Filling::add(std::span<const Point> points) {
  const auto x = [&](const Point& point) { return window_.x(point); };
  if (!window_.of_time || std::ranges::is_sorted(points, {}, x)) {
    const auto first = std::ranges::lower_bound(points, window_.from, {}, x), end = std::ranges::upper_bound(points, window_.to, {}, x);
    if (first < end) add_in_order({first, end});
    return;
  }
  for (const auto& point : points) {  // times that do not rise with the steps
    if (window_.has(x(point))) add_at(grid_.place(x(point)), {1, point, point.value, point.value});
  }
}

bool Filling::add(const Summary& chunk) {
  if (window_.has_none_of(chunk)) return true;
  if (!window_.has_all_of(chunk)) return false;
  const auto place = grid_.place(window_.first_x(chunk));
  if (grid_.place(window_.last_x(chunk)) != place) return false;
  add_at(place, {chunk.count, window_.last(chunk), chunk.min, chunk.max});
  return true;
}

Curves::Curve Filling::finish() && {
  Curves::Curve curve{std::move(key_), {}};
  curve.buckets.reserve(sums_.size());
  for (const auto& sum : sums_) curve.buckets.push_back({sum.last.value, sum.min, sum.max, sum.count});
  return curve;
}

}  // namespace gyre::tracking

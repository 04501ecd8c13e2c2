#include "tracking/filling.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace gyre::tracking {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity(), kNaN = std::numeric_limits<double>::quiet_NaN();

// Of points in the order of x; there is one at least.
BucketSum sum_of(std::span<const Point> points) {
  BucketSum sum{
      .count = static_cast<std::int64_t>(points.size()), .first = points.front(), .last = points.back(), .min = kInfinity, .max = -kInfinity, .tally = {}};
  for (const auto& point : points) {
    sum.min = point.value < sum.min ? point.value : sum.min;
    sum.max = point.value > sum.max ? point.value : sum.max;
    sum.tally.add(point);
  }
  if (sum.tally.nan == sum.count) sum.min = sum.max = kNaN;
  return sum;
}

}  // namespace

void Filling::add_at(std::size_t place, const BucketSum& more) {
  auto& sum = sums_[place];
  if (sum.count == 0) {
    sum = more;
    return;
  }
  sum.count += more.count;
  if (window_.is_later(more.last, sum.last)) sum.last = more.last;
  if (window_.is_later(sum.first, more.first)) sum.first = more.first;
  sum.min = std::fmin(sum.min, more.min);
  sum.max = std::fmax(sum.max, more.max);
  sum.tally.add(more.tally);
}

// By x as by_step, and so by both: the last of a bucket is the last of its part.
void Filling::add_in_order(std::span<const Point> points) {
  while (!points.empty()) {
    const auto place = grid_.place(window_.x(points.front()));
    const auto end = std::ranges::partition_point(points, [&](const Point& point) { return grid_.place(window_.x(point)) == place; });
    const auto part = points.first(static_cast<std::size_t>(end - points.begin()));
    add_at(place, sum_of(part));
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
    if (window_.has(x(point))) add_at(grid_.place(x(point)), sum_of({&point, 1}));
  }
}

bool Filling::add(const Summary& chunk) {
  if (window_.has_none_of(chunk)) return true;
  if (!window_.has_all_of(chunk)) return false;
  if (told_ != Told::shape && !chunk.tally) return false;
  if (told_ == Told::first_too && window_.of_time && chunk.count > 1) return false;  // it knows the first of its steps
  const auto place = grid_.place(window_.first_x(chunk));
  if (grid_.place(window_.last_x(chunk)) != place) return false;
  add_at(place, {chunk.count, chunk.first, window_.last(chunk), chunk.min, chunk.max, chunk.tally.value_or(Tally())});
  return true;
}

}  // namespace gyre::tracking

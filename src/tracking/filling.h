// What stands in the buckets of one curve. Inside tracking/ only.
#pragma once

#include "tracking/curve_grid.h"

namespace gyre::tracking {

struct BucketSum {
  std::int64_t count = 0;   // of points; 0: the rest means nothing
  Point first, last;        // by x
  double min = 0, max = 0;  // NaN where no point is a number
  Tally tally;
};

// Adds points, or whole chunks, to the buckets of one curve in any order.
class Filling {
 public:
  // What the buckets must tell: a chunk whose summary does not know it is not added whole.
  enum class Told { shape, tallies, first_too };  // shape: count, last, min, max

  Filling(const Window& window, const Grid& grid, Told told) : window_(window), grid_(grid), told_(told), sums_(grid.places()) {}

  // In the order of by_step.
  void add(std::span<const Point> points);
  // False, and nothing is added, where a border of a bucket or of the window cuts it, or it does not know what must be told.
  bool add(const Summary& chunk);

  const std::vector<BucketSum>& sums() const { return sums_; }

 private:
  void add_at(std::size_t place, const BucketSum& more);
  void add_in_order(std::span<const Point> points);

  const Window& window_;
  const Grid& grid_;
  const Told told_;
  std::vector<BucketSum> sums_;
};

}  // namespace gyre::tracking

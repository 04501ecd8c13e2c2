// What a chunk holds, without its points: a series' index and its pyramid at once. Inside tracking/ only.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "tracking/point.h"

namespace gyre::tracking {

// What the values are, counted.
struct Tally {
  std::int64_t nan = 0, above = 0, below = 0;  // above, below: infinities
  double sum = 0;                              // of the finite ones
  std::optional<Step> first_nan;

  void add(const Point& point);
  void add(const Tally& other);
};

// A multiset of points in a few figures; two of them add up to that of both.
struct Summary {
  std::int64_t count = 0;     // points
  std::int64_t distinct = 0;  // without repetitions; that of a sum is an upper bound
  Point first, last;          // by (step, time, value)
  std::int64_t min_at_ms = 0;
  Point last_in_time;       // by (time, step, value)
  double min = 0, max = 0;  // NaN where no point is a number
  // Nothing where a sheet of before there were tallies tells of the points.
  std::optional<Tally> tally;

  void add(const Summary& other);
};

Summary summary_of(const Point& point);
// Of points in the order of by_step; at least one.
Summary summary_of(std::span<const Point> points);

// The summaries of the chunks of one sheet, in the chunks' order.
std::string pack_sheet(std::span<const Summary> chunks);
Result<std::vector<Summary>> unpack_sheet(std::string_view bytes);

}  // namespace gyre::tracking

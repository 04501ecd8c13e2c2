// A curve by another metric of its run. Inside tracking/ only.
#pragma once

#include "tracking/curve_grid.h"

namespace gyre::tracking {

// The points of `series` as one without chunks, whose steps are the value that `axis` had last at or before each one's own step; those
// of before its first, and values of it that are no place on an axis, do not count. By that x, then by time.
struct Joined {
  Series series;
  std::optional<Step> first_nan;  // the first of its own steps, of those within the window
};
// `invalid` where one of them has more points than kMaxPointsJoined.
Result<Joined> join(sql::Tx& tx, const Series& series, const Series& axis, const Window& window);

}  // namespace gyre::tracking

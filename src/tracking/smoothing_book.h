// The smoothed means of whole chunks, kept so that a curve is not unpacked again for each zoom. Inside tracking/ only.
#pragma once

#include <cstdint>
#include <tuple>
#include <vector>

#include "tracking/ema.h"
#include "tracking/recent.h"

namespace gyre::tracking {

// Of one chunk by itself. A chunk changes only by taking more points.
struct ChunkEma {
  std::int64_t count = 0;  // of its points; 0: not known
  Ema ema;
};
using ChunkEmas = std::vector<ChunkEma>;  // by the chunk's number

// By series, axis and half-life. The x of times are milliseconds since 1970.
using SmoothingKey = std::tuple<std::int64_t, bool, double>;
using SmoothingBook = Recent<SmoothingKey, ChunkEmas>;
constexpr std::size_t kMaxSmoothingBytes = 64 << 20;

}  // namespace gyre::tracking

// What ManyCurves keeps in memory: nothing that is lost with it. Inside tracking/ only.
#pragma once

#include "tracking/density.h"
#include "tracking/owed.h"
#include "tracking/smoothing_book.h"

namespace gyre::tracking {

using SparkKey = std::pair<std::int64_t, std::int64_t>;  // a series, and how many points it had
constexpr std::size_t kMaxSparkBytes = 32 << 20;

struct ManyCurves::State {
  explicit State(sql::Db& db) : settler(db) {}
  Settler settler;  // before a search
  SmoothingBook smoothing{kMaxSmoothingBytes};
  Recent<std::string, DensityLines> densities{kMaxDensityBytes};  // by all that they depend on
  Recent<SparkKey, Spark> sparks{kMaxSparkBytes};
};

}  // namespace gyre::tracking

// Runs that are the same but for chance: what a metric varies by without a cause. Inside tracking/ only.
#pragma once

#include "tracking/compared_rows.h"

namespace gyre::tracking {

struct SeedGroup {
  std::int64_t runs = 0;  // the run itself included; 0: it has no parameters to tell others by, or none is like it
  NoiseByKey noise;       // of metrics that kLeastSeedRuns of them have as finite numbers
};

constexpr std::int64_t kSeedRunsLookedAt = 2000;  // started before the run, and as many after: those of one study stand together
constexpr std::int64_t kMaxSeedRuns = 100;

// Active runs of the run's experiment with the same parameters but for those that are called seeds. What is owed is settled before.
Result<SeedGroup> read_seed_group(sql::Tx& tx, const RunInfo& run, const Texts& params);

}  // namespace gyre::tracking

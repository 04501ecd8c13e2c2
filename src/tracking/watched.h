// Points for other rooms to hear of as they arrive: of metrics that somebody watches, and of no others.
//
// What is watched is kept once more in the transaction that logs it, until it was heard: nothing is missed by a crash. Where nothing is
// watched in an experiment, logging there costs nothing for it.
#pragma once

#include "tracking/tracking.h"

namespace gyre::tracking {

struct Watch {
  std::int64_t experiment_id = -1;  // -1: all
  std::string pattern;              // a metric, or what its name begins with and `*`
};
bool is_watched_by(std::string_view pattern, std::string_view key);

// All that `owner` watches from the caller's commit on.
Result<void> set_watches(sql::Tx& tx, std::string_view owner, const std::vector<Watch>& watches);

struct WatchedBatch {
  std::int64_t number = 0;  // rises with time, about
  std::string run_id;
  TimeMs at_ms = 0;             // when it came here
  std::vector<Metric> metrics;  // in the order in which they were sent
};
// The oldest that were not heard.
Result<std::vector<WatchedBatch>> read_watched(sql::Tx& tx, std::int64_t limit);
// They were heard; together with what came of it. `conflict` when another heard one of them.
Result<void> forget_watched(sql::Tx& tx, const std::vector<WatchedBatch>& batches);

constexpr std::size_t kMaxWatches = 4000;

}  // namespace gyre::tracking

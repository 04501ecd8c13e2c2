// How much an experiment, or all of them together, may hold, and what is done once it holds that.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/decode.h"

namespace gyre::tracking {

// 0: no limit. What is in the bin does not count: it is given back when its undo window ends.
struct Quota {
  std::string experiment_id;  // "": all of them together
  std::int64_t runs = 0, points = 0, bytes = 0;
  bool oldest = false;  // the oldest runs go into the bin; otherwise what comes is refused
};
BOOST_DESCRIBE_STRUCT(Quota, (), (experiment_id, runs, points, bytes, oldest))

// "all", or the id of the experiment.
inline std::string scope_of(const Quota& quota) { return quota.experiment_id.empty() ? "all" : quota.experiment_id; }

struct Usage {
  std::int64_t runs = 0, points = 0, bytes = 0;  // points and bytes are counted where there is a limit of them
  bool operator==(const Usage&) const = default;
};

// Bytes of uploads that are not finished, by the key of the file that each becomes.
using UnderWay = std::map<std::string, std::int64_t, std::less<>>;

struct StoredQuota {
  Quota quota;
  Usage use;
  std::optional<TimeMs> counted_ms;  // when the count of `use` ended
};

}  // namespace gyre::tracking

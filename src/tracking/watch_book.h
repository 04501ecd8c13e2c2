// What is watched, as far as this process knows. Inside tracking/ only.
#pragma once

#include <memory>
#include <unordered_map>

#include "base/guarded.h"
#include "storage/sql/db.h"
#include "tracking/watched.h"

namespace gyre::tracking {

// Thread-safe. What it remembers bears the revision that it was read at; who logs tells it the present one, so that a watch counts from
// its commit on, on every server.
class WatchBook {
 public:
  struct Batch {
    std::string_view run_id;
    std::int64_t experiment_id = 0, revision = 0, number = 0;
    std::span<const Metric> metrics;
    TimeMs now_ms = 0;
  };
  // Keeps those points that somebody watches.
  Result<void> keep(sql::Tx& tx, const Batch& batch);

 private:
  struct Known {
    std::int64_t revision = 0;
    std::unordered_map<std::int64_t, std::vector<std::string>> patterns;  // by experiment
  };
  Result<std::shared_ptr<const Known>> known_at(sql::Tx& tx, std::int64_t revision);

  Guarded<std::shared_ptr<const Known>> known_{std::make_shared<const Known>()};
};

}  // namespace gyre::tracking

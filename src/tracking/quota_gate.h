// Refuses what would go beyond a quota, by what this server last read of the counts. Inside tracking/ only.
#pragma once

#include <atomic>
#include <mutex>

#include "storage/sql/db.h"
#include "tracking/quota.h"

namespace gyre::tracking {

// A limit that is reached: "runs", its use and the limit.
struct Reached {
  std::string_view what;
  std::int64_t use, limit;
};

// Thread-safe. Where no quota is reached, asking costs a few loads.
class QuotaGate {
 public:
  explicit QuotaGate(sql::Db& db) : db_(db) {}

  // Reads the counts again when they were read a while ago; where that fails, what is known holds on. Not within a transaction.
  void refresh(TimeMs now_ms);
  // `denied` for a new run of an experiment that holds as many runs, or bytes, as it may.
  Result<void> check_run(std::int64_t experiment_id);
  // `denied` for points of a run whose experiment holds as many as it may. Not within a transaction.
  Result<void> check_points(std::string_view run_id);

  static constexpr TimeMs kLookEveryMs = 2 * kSecondMs;

 private:
  struct Full {
    std::int64_t experiment_id;  // -1: all
    Reached reached;
  };
  Result<std::vector<Full>> read_full();
  Result<void> refuse(std::int64_t experiment_id, bool points);

  sql::Db& db_;
  std::atomic<TimeMs> read_ms_ = INT64_MIN;
  std::atomic<bool> runs_ = false, points_ = false;  // some experiment is full of them
  std::mutex mutex_;
  std::vector<Full> full_;
};

// All quotas, the one of all experiments first.
Result<std::vector<StoredQuota>> read_quotas(sql::Tx& tx);
// An experiment by id, or -1 for "".
Result<std::int64_t> experiment_or_all(std::string_view id);
// "all experiments together", or "experiment 3".
std::string whose(std::int64_t experiment);
// The limits that are reached, or with `beyond` exceeded.
std::vector<Reached> reached(const Quota& quota, const Usage& use, bool beyond = false);

}  // namespace gyre::tracking

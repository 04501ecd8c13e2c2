// What batches owe to their series: its count of points and its latest. A batch of many series would change as many rows and their
// indexes; instead it is noted as owed, and what many batches owe is written at once, before anybody searches by it. Inside tracking/ only.
#pragma once

#include <atomic>
#include <map>
#include <mutex>
#include <optional>

#include "base/clock.h"
#include "storage/sql/db.h"
#include "tracking/point.h"

namespace gyre::tracking {

// Of one series.
struct Owed {
  std::int64_t points = 0;
  Point latest;
};
using OwedBySeries = std::map<std::int64_t, Owed>;

// The batch of that number stands in the tail alone.
Result<void> put_owed(sql::Tx& tx, std::string_view run_id, std::int64_t number);
// Of one run, as the snapshot has it: for those who read without writing.
Result<OwedBySeries> read_owed(sql::Tx& tx, std::string_view run_id);
// Whether any run's batches owe something.
Result<bool> is_owed(sql::Tx& tx);
// Afterwards nothing is owed that was logged before the call, to that run or to any, by whichever server.
Result<void> settle_owed(sql::Db& db, std::optional<std::string_view> run_id = std::nullopt);

constexpr std::size_t kMaxSettledBatches = 1024;  // of one transaction

// Thread-safe: those who ask at the same time share the work.
class Settler {
 public:
  explicit Settler(sql::Db& db) : db_(db) {}
  Result<void> settle();

  // This process logged points that are owed.
  void noted(TimeMs now_ms);
  // Settles what has been owed for kAfterMs; whether it did.
  Result<bool> run_due(TimeMs now_ms);
  std::optional<TimeMs> next_due_ms() const;

  static constexpr TimeMs kAfterMs = 1000;

 private:
  sql::Db& db_;
  std::mutex settling_;
  std::atomic<TimeMs> since_ms_ = kNever;
  static constexpr TimeMs kNever = INT64_MAX;
};

}  // namespace gyre::tracking

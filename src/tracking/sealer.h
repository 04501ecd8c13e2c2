// Moves points from the tail into chunks, in the background. Inside tracking/ only.
#pragma once

#include "base/clock.h"
#include "base/duty.h"
#include "storage/sql/db.h"
#include "tracking/owed.h"
#include "tracking/tail_book.h"

namespace gyre::tracking {

struct Engine;

struct SealedPoints {
  std::int64_t points = 0;
  bool more = false;  // the tail holds more of that run
};
// Seals at most kMaxSealedPoints of a run's oldest unsealed points. All of it happens, or nothing; nothing too when another
// server seals the same points. May be repeated, and run anywhere at any time.
Result<SealedPoints> seal_run(sql::Db& db, std::string_view run_id);
constexpr std::int64_t kMaxSealedPoints = 1 << 18, kMaxSealedBatches = 4096;

// Thread rule: run_due by one thread.
class Sealer final : public Duty {
 public:
  // `engine`: whose duty it is.
  Sealer(sql::Db& db, TailBook& book, Settler& settler, Engine& engine) : db_(db), book_(book), settler_(settler), engine_(engine) {}
  Engine& engine() { return engine_; }
  std::string_view name() const override { return "sealing"; }
  // At most one run a call.
  Result<DutyState> run_due(TimeMs now_ms) override;

  static constexpr TimeMs kSweepEveryMs = 60'000;
  static constexpr int kSweepRuns = 256;  // of one sweep

 private:
  Result<void> sweep(TimeMs now_ms);

  sql::Db& db_;
  TailBook& book_;
  Settler& settler_;
  Engine& engine_;
  std::string swept_run_;  // where the sweep goes on
  std::optional<TimeMs> swept_ms_;
};

}  // namespace gyre::tracking

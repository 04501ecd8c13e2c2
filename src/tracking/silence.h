// Notices that nothing is heard of runs that said how often they would be.
#pragma once

#include "base/duty.h"
#include "tracking/control.h"

namespace gyre::tracking {

// Thread rule: run_due by one thread.
class Silence final : public Duty {
 public:
  explicit Silence(sql::Db& db) : db_(db) {}
  std::string_view name() const override { return "silence"; }
  Result<DutyState> run_due(TimeMs now_ms) override;

  static constexpr std::int64_t kMarkedAtOnce = 200;

 private:
  sql::Db& db_;
};

}  // namespace gyre::tracking

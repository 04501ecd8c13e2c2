// A duty that one server does at a time, among those that share its database.
#pragma once

#include "base/duty.h"
#include "storage/sql/lease.h"

namespace gyre::app {

// Done by whoever holds the lease. What the duty writes on its thread is fenced by it: a holder that was away for too long
// comes back too late to change anything.
class Leased final : public Duty {
 public:
  Leased(Duty& duty, sql::Lease& lease) : duty_(duty), lease_(lease) {}
  std::string_view name() const override { return duty_.name(); }
  Result<DutyState> run_due(TimeMs now_ms) override {
    if (!TRY(lease_.hold(now_ms))) return DutyState{};
    const sql::Fence fence(lease_);
    return duty_.run_due(now_ms);
  }

 private:
  Duty& duty_;
  sql::Lease& lease_;
};

}  // namespace gyre::app

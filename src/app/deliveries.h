// Hands the outbox's events to those in the house who listen, as the first of its duties.
#pragma once

#include "app/house.h"
#include "storage/sql/outbox.h"

namespace gyre::app {

class House::Deliveries final : public Duty {
 public:
  Deliveries(sql::Db& db, net::Hub& hub, pipelines::Service& pipelines);
  std::string_view name() const override { return "deliveries"; }
  Result<DutyState> run_due(TimeMs now_ms) override;

  static constexpr TimeMs kPurgeEveryMs = kHourMs;

 private:
  outbox::Dispatcher dispatcher_;
  TimeMs purged_ms_ = 0;
};

}  // namespace gyre::app

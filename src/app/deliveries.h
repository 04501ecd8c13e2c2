// Hands the outbox's events to those in the house who listen, as the first of its duties.
#pragma once

#include "app/house.h"
#include "storage/sql/outbox.h"

namespace gyre::app {

class House::Deliveries final : public Duty {
 public:
  Deliveries(sql::Db& db, net::Hub& hub, const Clock& clock, pipelines::Service& pipelines);
  std::string_view name() const override { return "deliveries"; }
  Result<DutyState> run_due(TimeMs now_ms) override;
  Result<std::vector<outbox::Dispatcher::Lag>> lags() { return dispatcher_.lags(); }

  static constexpr TimeMs kPurgeEveryMs = kHourMs;
  static constexpr std::int64_t kTellClockEveryNs = 500'000'000;  // of real time

 private:
  void tell_clock(TimeMs now_ms);

  net::Hub& hub_;
  const Clock& clock_;
  outbox::Dispatcher dispatcher_;
  TimeMs purged_ms_ = 0, told_ms_ = 0;
  std::int64_t told_ns_ = 0;
};

}  // namespace gyre::app

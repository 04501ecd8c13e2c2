// Hands the outbox's events to those in the house who listen. What is shown live goes to every server's own hub; to rooms an
// event goes once, by the server that holds the lease.
#pragma once

#include "app/house.h"
#include "storage/sql/lease.h"
#include "storage/sql/tail.h"

namespace gyre::app {

class House::Deliveries final : public Duty {
 public:
  // `lease` is null where no other server shares the database.
  Deliveries(sql::Db& db, net::Hub& hub, const Clock& clock, pipelines::Service& pipelines, webhooks::Service& webhooks, alerting::Service& alerting,
             sql::Lease* lease);
  Result<void> begin() { return live_.begin(); }
  std::string_view name() const override { return "deliveries"; }
  Result<DutyState> run_due(TimeMs now_ms) override;
  Result<std::vector<outbox::Dispatcher::Lag>> lags();

  static constexpr TimeMs kPurgeEveryMs = kHourMs;
  static constexpr std::int64_t kTellClockEveryNs = 500'000'000;  // of real time

 private:
  void tell_clock(TimeMs now_ms);
  Result<std::size_t> show();
  Result<std::size_t> hand_over(TimeMs now_ms);

  net::Hub& hub_;
  const Clock& clock_;
  sql::Lease* const lease_;
  outbox::Tail live_;
  outbox::Dispatcher dispatcher_;
  TimeMs purged_ms_ = 0, told_ms_ = 0;
  std::int64_t told_ns_ = 0;
};

}  // namespace gyre::app

// One case, moved on as far as it goes now. Inside policy/ only.
#pragma once

#include "policy/store.h"

namespace gyre::policy {

struct GateOutcome {
  std::vector<Check> checks;
  bool enough_rows = true;
  std::string missing;  // what is waited for when there are not enough
  bool passed() const;
};

class Mover {
 public:
  Mover(Service& service, const Policy& policy, TimeMs now_ms) : s_(service), policy_(policy), d_(policy.definition), now_ms_(now_ms) {}

  // A new case where a trigger holds and no guard forbids it.
  Result<std::optional<Case>> triggered(const std::vector<Case>& earlier, TimeMs scheduled_ms, bool& schedule_used);
  // Returns whether something changed.
  Result<bool> move(Case& one);

  Result<void> open(Case& fresh, std::string text, std::string reason, std::vector<Check> checks = {});
  // Into the next stage now, whatever the present one has seen.
  Result<bool> advance(Case& one, std::string reason);
  Result<bool> roll_back(Case& one, std::string reason, std::vector<Check> checks);

 private:
  Result<bool> closed_by_calm(Case& one);
  Result<bool> wait(Case& one);
  Result<bool> train(Case& one, std::vector<Check> checks);
  Result<bool> watch_training(Case& one);
  Result<bool> gate(Case& one);
  Result<bool> roll_out(Case& one);
  Result<bool> enter_stage(Case& one, std::string reason);
  Result<bool> go_full(Case& one);
  Result<bool> watch(Case& one);

  // What must hold before it trains; a check that fails tells in `note` what is waited for.
  Result<std::vector<Check>> guards(const Case& one);
  Result<bool> wait_for(Case& one, std::string reason, std::vector<Check> checks = {});
  Result<void> decide(Case& one, std::string verdict, std::string text, std::string reason, std::vector<Check> checks = {}, std::vector<std::string> links = {});
  Result<void> close(Case& one, std::string state);

  Result<GateOutcome> measure(const Case& one);
  Result<GateOutcome> measure_absolute(const Case& one);
  Result<GateOutcome> measure_paired(const Case& one);
  Result<void> add_limits(const Case& one, std::vector<Check>& checks);
  Result<TimeMs> trained_through(std::int64_t version);
  Result<std::vector<double>> scores(std::int64_t version, const serving::Batch& inputs);
  Result<std::int64_t> champion();
  Result<std::vector<monitoring::Alert>> open_alerts();
  std::string version_urn(std::int64_t version) const;

  Service& s_;
  const Policy& policy_;
  const Definition& d_;
  const TimeMs now_ms_;
};

}  // namespace gyre::policy

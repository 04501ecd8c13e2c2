// One case, moved on as far as it goes now. Inside policy/ only.
#pragma once

#include "policy/store.h"

namespace gyre::policy {

// A decision before it has an id and a time.
struct Draft {
  std::string verdict, text, reason;
  std::vector<Check> checks = {};
  std::vector<std::string> links = {};   // URNs that it looked at
  std::vector<std::string> alerts = {};  // that the case answers
};

// Whether a run of the pipeline brings a version with the evidence that the gates will ask for.
Result<void> check_registers(const Definition& definition, const pipelines::Pipeline& pipeline);

struct GateOutcome {
  std::vector<Check> checks;
  bool enough_rows = true;
  std::string missing;  // what is waited for when there are not enough
  bool passed() const;
};

class Mover {
 public:
  Mover(Service& service, const Policy& policy, TimeMs now_ms) : s_(service), policy_(policy), d_(policy.definition), now_ms_(now_ms) {}

  // A new case where a trigger holds and no cool-down forbids it.
  Result<std::optional<Case>> triggered(const std::vector<Case>& earlier, TimeMs scheduled_ms);
  // Returns whether something changed.
  Result<bool> move(Case& one);

  Result<void> open(Case& fresh, std::string text, std::string reason, std::vector<Check> checks = {});
  // The version that answers most requests; 0: none does.
  Result<std::int64_t> champion();
  // Into the next stage now, whatever the present one has seen.
  Result<bool> advance(Case& one, std::string reason);
  Result<bool> roll_back(Case& one, std::string reason, std::vector<Check> checks);

 private:
  struct Trigger {
    Case fresh;
    std::string text;
    std::vector<Check> checks;
  };
  Result<std::optional<Trigger>> trigger(const std::vector<Case>& earlier, TimeMs scheduled_ms);
  TimeMs rest_end(const Case& fresh, const std::vector<Case>& earlier) const;
  Result<bool> go_on(Case& one);
  Result<bool> give_up(Case& one, const Error& why);
  Result<void> skip(const Case& fresh, TimeMs until_ms);
  Result<bool> closed_by_calm(Case& one);
  Result<bool> wait(Case& one);
  Result<bool> train(Case& one, std::vector<Check> checks);
  Result<bool> watch_training(Case& one);
  Result<bool> gate(Case& one);
  Result<bool> roll_out(Case& one);
  Result<bool> enter_stage(Case& one, std::string reason);
  std::vector<serving::Route> routes_of(const Case& one) const;
  // Whether the endpoint answers as this case's stage has it. False: somebody else has changed it, and the case is closed.
  Result<bool> in_charge(Case& one);
  Result<bool> go_full(Case& one);
  Result<bool> watch(Case& one);

  // What must hold before it trains; a check that fails tells in `note` what is waited for.
  Result<std::vector<Check>> guards(const Case& one);
  Result<std::vector<Check>> missing_needs();
  Result<bool> wait_for(Case& one, std::string reason, std::vector<Check> checks = {});
  // The case and its decisions are kept together: after a crash neither is there without the other.
  Result<void> decide(Case& one, std::vector<Draft> drafts);
  Result<void> close(Case& one, std::string state, Draft last);

  Result<GateOutcome> measure(const Case& one);
  Result<GateOutcome> measure_absolute(const Case& one);
  Result<GateOutcome> measure_paired(const Case& one);
  Result<PairedResult> paired(const Case& one, const monitoring::LabelledRows& rows, std::vector<double>* gains = nullptr);
  Result<Check> gain_in_service(const Case& one, const monitoring::LabelledRows& rows);
  Result<Check> latency_check(const Case& one, const serving::Batch& reference);
  Result<void> add_limits(const Case& one, std::vector<Check>& checks);
  Result<TimeMs> trained_through(std::int64_t version);
  // The endpoint's; `invalid` where it has none.
  Result<monitoring::Monitor> monitor();
  Result<std::vector<double>> scores(std::int64_t version, const serving::Batch& inputs);
  // Labelled rows of [from, now), told cheaply and never too low.
  Result<std::int64_t> labelled_since(TimeMs from_ms);
  Result<std::vector<monitoring::Alert>> open_alerts();
  std::string version_urn(std::int64_t version) const;

  Service& s_;
  const Policy& policy_;
  const Definition& d_;
  const TimeMs now_ms_;
};

}  // namespace gyre::policy

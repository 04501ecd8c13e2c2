// When a model is retrained, what a candidate must show, and how it takes over. Every decision is kept with its evidence,
// also "not yet" and "no".
#pragma once

#include "base/duty.h"
#include "monitoring/monitoring.h"
#include "pipelines/pipelines.h"
#include "policy/definition.h"
#include "policy/paired.h"

namespace gyre::policy {

// What was measured against a limit.
struct Check {
  std::string name, metric, comparison, unit;  // comparison: ">=" or "<="
  double value = 0, limit = 0;
  std::optional<double> low, high;             // 95 % interval
  std::int64_t n = 0;
  bool passed = false;
  std::string note;
};

struct Decision {
  std::string id, policy, case_id;
  TimeMs at_ms = 0;
  std::string verdict;  // open wait train gate refuse advance promote rollback keep skip fail
  std::string text, reason;
  std::vector<Check> checks;
  std::vector<std::string> links;  // URNs that it looked at
  std::int64_t candidate = 0;
};

// One attempt: trigger -> wait -> train -> gate -> roll out -> watch.
struct Case {
  std::string id, policy, state;  // waiting training gating rolling_out watching | promoted proposed refused rolled_back failed cancelled
  std::string trigger, alert, pipeline_run, last_reason;
  TimeMs opened_ms = 0, closed_ms = 0, onset_ms = 0, trained_ms = 0, full_ms = 0;
  std::int64_t candidate = 0, champion = 0;
  std::int64_t stage = 0, stage_from_rows = 0, stage_from_errors = 0;
  bool is_open() const { return closed_ms == 0; }
};

struct Policy {
  std::string name;
  Definition definition;
  json::Value value;
  bool paused = false;
};

// Thread-safe.
class Service final : public Duty {
 public:
  Service(sql::Db& db, const Clock& clock, registry::Service& registry, pipelines::Service& pipelines, serving::Service& serving, monitoring::Service& monitoring)
      : db_(db), clock_(clock), registry_(registry), pipelines_(pipelines), serving_(serving), monitoring_(monitoring) {}

  Result<Policy> apply(std::string_view name, const json::Value& definition, std::string_view actor);
  Result<std::vector<Policy>> list();
  Result<Policy> policy(std::string_view name);
  Result<void> set_paused(std::string_view name, bool paused, std::string_view actor);
  // Opens a case by hand; `conflict` while one is open.
  Result<Case> fire(std::string_view name, std::string_view actor);

  Result<std::vector<Case>> cases(std::string_view policy, std::size_t limit);  // newest first
  Result<std::optional<Case>> find_case(std::string_view id);
  Result<std::vector<Decision>> decisions(std::string_view policy, std::size_t limit);  // newest first; "" for all
  // Of [from, to), newest first; "" for all policies.
  Result<std::vector<Decision>> decisions_between(std::string_view policy, TimeMs from_ms, TimeMs to_ms, std::size_t limit);
  Result<Decision> decision(std::string_view id);
  Result<std::optional<TimeMs>> next_schedule(std::string_view policy);

  Result<Figures> figures();

  std::string_view name() const override { return "policy"; }
  Result<DutyState> run_due(TimeMs now_ms) override;

 private:
  friend class Mover;
  sql::Db& db_;
  const Clock& clock_;
  registry::Service& registry_;
  pipelines::Service& pipelines_;
  serving::Service& serving_;
  monitoring::Service& monitoring_;
};

std::span<const sql::Migration> migrations();

}  // namespace gyre::policy

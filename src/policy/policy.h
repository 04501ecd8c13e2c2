// When a model is retrained, what a candidate must show, and how it takes over. Every decision is kept with its evidence,
// also "not yet" and "no".
#pragma once

#include <mutex>

#include "base/duty.h"
#include "monitoring/monitoring.h"
#include "pipelines/pipelines.h"
#include "policy/definition.h"
#include "policy/paired.h"

namespace gyre::policy {

// What was measured against a limit.
struct Check {
  std::string name, metric, comparison, unit;  // comparison: ">=", "<=" or "<"
  double value = 0, limit = 0;
  std::optional<double> low, high;  // interval of `level`
  std::int64_t n = 0;
  bool passed = false;
  std::string note;
  std::string group = "guard";                // alert guard paired absolute slices latency size data live
  std::optional<double> champion, candidate;  // what each was measured at, where `value` compares them
  double level = 0.95;
  bool measured = true;  // false: there was nothing to measure, and `value` says nothing
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
  std::int64_t stage = 0, stage_from_rows = 0, stage_from_requests = 0, stage_from_errors = 0;
  bool held = false;  // the roll-out goes no further until it is let go; it is still watched
  bool is_open() const { return closed_ms == 0; }
};

struct DecisionFilter {
  std::string policy, verdict, case_id;  // "": any
  std::int64_t candidate = 0;            // 0: any
  TimeMs from_ms = 0, to_ms = INT64_MAX;
};

// One condition of a policy, and how far it is from being met now.
struct Clause {
  std::string kind;  // alert schedule new_rows bootstrap | wait cool_down budget
  std::string text;
  std::string state;  // met not_met unknown
  std::optional<double> value, limit;
  std::string comparison = ">=", unit = "none";
  std::optional<double> fraction;  // 0: far from it, 1: there
  std::optional<std::int64_t> n;
  TimeMs at_ms = 0;           // when measured; of a schedule when it is due
  std::string note, monitor;  // monitor: the one that measured it
};

struct Step {
  std::string kind;  // train gate shadow canary full watch none
  std::string text;
  std::string state;  // done now next failed idle
};

// What a policy does now and why, or why it does nothing.
struct Standing {
  std::vector<Clause> when;   // any opens a case
  std::vector<Clause> guard;  // all must hold before it trains
  std::vector<Step> then;
  std::optional<Case> last;  // the open case, else the last one
  std::string sentence;
  std::optional<TimeMs> next_check_ms;
};

// A roll-out under way.
struct Progress {
  std::string policy;
  Case one;
  std::vector<std::string> stages;
  std::size_t index = 0;  // of `stages`
  std::int64_t rows = 0, rows_needed = 0;
  std::vector<Check> checks;
};
// "v3 in canary 10 %: 1,200 of 1,500 rows, held."
std::string progress_words(const Progress& progress);

struct Policy {
  std::string name;
  Definition definition;
  json::Value value;
  bool paused = false;
};

// Thread-safe.
class Service final : public Duty {
 public:
  Service(sql::Db& db, const Clock& clock, registry::Service& registry, pipelines::Service& pipelines, serving::Service& serving,
          monitoring::Service& monitoring)
      : db_(db), clock_(clock), registry_(registry), pipelines_(pipelines), serving_(serving), monitoring_(monitoring) {}

  Result<Policy> apply(std::string_view name, const json::Value& definition, std::string_view actor);
  Result<std::vector<Policy>> list();
  Result<Policy> policy(std::string_view name);
  Result<void> set_paused(std::string_view name, bool paused, std::string_view actor);
  // Opens a case by hand; `conflict` while one is open.
  Result<Case> fire(std::string_view name, std::string_view reason, std::string_view actor);

  Result<std::vector<Case>> cases(std::string_view policy, std::size_t limit);  // newest first
  Result<std::optional<Case>> find_case(std::string_view id);
  Result<std::vector<Decision>> decisions(std::string_view policy, std::size_t limit);  // newest first; "" for all
  // Of [from, to), newest first; "" for all policies.
  Result<std::vector<Decision>> decisions_between(std::string_view policy, TimeMs from_ms, TimeMs to_ms, std::size_t limit);
  Result<std::vector<Decision>> decisions(const DecisionFilter& filter, std::size_t limit, std::size_t offset);
  Result<std::int64_t> count_decisions(const DecisionFilter& filter);
  Result<std::map<std::string, std::int64_t>> count_by_verdict(std::string_view policy);
  Result<Decision> decision(std::string_view id);
  // The newest decision of the case that an alert led to, or that was under way and looked at it.
  Result<std::optional<Decision>> answer_to(std::string_view alert);
  Result<std::optional<TimeMs>> next_schedule(std::string_view policy);
  Result<Standing> standing(const Policy& policy);

  Result<std::optional<Progress>> progress(std::string_view endpoint);
  // Of the endpoint's roll-out; `conflict` where there is none.
  Result<void> hold(std::string_view endpoint, bool held, std::string_view actor);
  Result<void> advance(std::string_view endpoint, std::string_view reason, std::string_view actor);
  // Ends the roll-out with the champion, or where none is under way goes back to what answered before; tells which version.
  Result<std::int64_t> roll_back(std::string_view endpoint, std::string_view reason, std::string_view actor);

  Result<Figures> figures();

  std::string_view name() const override { return "policy"; }
  Result<DutyState> run_due(TimeMs now_ms) override;

  // Cases and decisions name runs, versions and things of the graph that exist; at most one case of a policy is open.
  Result<Findings> verify();

 private:
  friend class Mover;
  Result<void> check_names(const Definition& definition);
  Result<void> run_one(const Policy& policy, TimeMs now_ms, DutyState& state);
  // A case and the policy that it is of; held still while this lives.
  struct Held {
    std::unique_lock<std::mutex> lock;
    Policy policy;
    Case one;
  };
  std::unique_lock<std::mutex> hold_still(const std::string& policy);
  Result<std::optional<Held>> under_way(std::string_view endpoint);
  Result<std::string> sentence(const Policy& policy, const Standing& standing);

  sql::Db& db_;
  const Clock& clock_;
  registry::Service& registry_;
  pipelines::Service& pipelines_;
  serving::Service& serving_;
  monitoring::Service& monitoring_;
  // One a policy: the heart and people move its cases one after the other.
  Guarded<std::map<std::string, std::unique_ptr<std::mutex>>> moving_;
};

std::span<const sql::Migration> migrations();

}  // namespace gyre::policy

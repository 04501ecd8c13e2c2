// Alerts on runs that go on: rules on their metrics, on crashes and on silence.
//
// Points are judged as they arrive, each once, from what tracking keeps of those metrics that a rule names (tracking/watched.h). A rule
// remembers a few figures of each metric of each run, never its points; where no rule names a metric, nothing is done. An alert fires
// once, resolves, and keeps its evidence; what is told of it (notify/notify.h) is written in the same transaction.
#pragma once

#include "base/duty.h"
#include "base/guarded.h"
#include "notify/notify.h"
#include "storage/sql/outbox.h"
#include "tracking/control.h"
#include "tracking/run_query.h"

namespace gyre::alerting {

enum class Kind { threshold, change, stall, nan, crashed, silent };
Result<Kind> parse_kind(std::string_view word);
std::string_view to_string(Kind kind);
inline bool is_on_points(Kind kind) { return kind != Kind::crashed && kind != Kind::silent; }

struct Rule {
  std::string name;
  std::string experiment;  // its id; "": all
  std::string filter;      // of runs, in the filter language; "": all
  std::string metric;      // or what its name begins with and `*`; of points alone
  std::string kind = "threshold";
  std::string direction = "above";          // threshold: above below; change: up down either; stall: min max, what is better
  double limit = 0;                         // threshold: the value; change: a part of the value before (0.2); stall: how much better counts
  std::optional<double> clear;              // threshold: a value on the good side of it counts as good; the limit when left out
  double window = 0;                        // change: steps; stall: steps without a better value
  double minutes = 0;                       // stall: without a better value, by the server's clock
  std::int64_t points = 1;                  // in a row that fire it
  std::int64_t clear_points = 0;            // in a row that resolve it; 0: as many as fire it, at least 3, after NaN 20
  std::string severity = "warn";            // warn crit
  std::string action = "none";              // none stop
  std::vector<std::string> receivers = {};  // names; none: all
  bool enabled = true;
  TimeMs changed_ms = 0;

  std::int64_t points_to_clear() const;
};
// "loss above 10 for 3 points".
std::string words_of(const Rule& rule);

struct Alert {
  std::string id, rule, kind, experiment_id, run_id, run_name, metric, severity;
  std::string state;     // open resolved
  json::Value evidence;  // {text, value, step, limit, reference, at}
  TimeMs opened_ms = 0, resolved_ms = 0;
  std::string resolved_why;  // recovered, run ended, rule changed, acknowledged
  TimeMs acknowledged_ms = 0;
  std::string acknowledged_by;
};

struct AlertQuery {
  std::string state, run_id, experiment_id, rule;  // "": any
  std::int64_t limit = 50, offset = 0;
};

constexpr std::size_t kMaxRules = 500, kMaxFilterBytes = 2000;
constexpr std::int64_t kMaxPointsInARow = 10'000;
constexpr std::int64_t kMaxOpenOfRule = 1000;  // alerts: a rule that is wrong for all runs says so no more often

// Thread-safe but for run_due, which is one thread's.
class Service final : public Duty {
 public:
  Service(sql::Db& db, const Clock& clock, tracking::RunQueries& runs) : db_(db), clock_(clock), runs_(runs) {}

  // What is new or changed begins without memory; open alerts of a rule that is changed are resolved.
  Result<Rule> set(Rule rule, std::string_view actor);
  Result<std::vector<Rule>> rules();
  Result<Rule> rule(std::string_view name);
  Result<void> remove(std::string_view name, std::string_view actor);

  // Open ones first, then the latest.
  Result<std::vector<Alert>> alerts(const AlertQuery& query);
  Result<std::int64_t> count(const AlertQuery& query);
  Result<Alert> alert(std::string_view id);
  // A crash that is acknowledged is resolved: nothing else would.
  Result<Alert> acknowledge(std::string_view id, bool acknowledged, std::string_view actor);

  // Subscriber of the outbox, of "run.".
  Result<void> on_event(const outbox::Event& event);

  std::string_view name() const override { return "alerting"; }
  Result<DutyState> run_due(TimeMs now_ms) override;

  Result<Figures> figures();

  static constexpr std::int64_t kBatchesAtOnce = 64;  // of points, in one transaction
  static constexpr std::int64_t kDueAtOnce = 256;

 private:
  struct Round;
  struct Matched {
    bool matches = false;
    TimeMs read_ms = 0, rule_changed_ms = 0;
  };
  // Whether the rule's filter finds the run; asked again after a while, for tags change.
  Result<bool> applies(const Rule& rule, const std::string& run_id, std::string_view experiment_id, TimeMs now_ms);
  Result<std::size_t> judge_points(TimeMs now_ms);
  Result<std::size_t> judge_time(TimeMs now_ms, DutyState& state);

  static constexpr TimeMs kMatchedForMs = 15 * kSecondMs;
  static constexpr std::size_t kMaxMatched = 20'000;

  sql::Db& db_;
  const Clock& clock_;
  tracking::RunQueries& runs_;
  Guarded<std::map<std::pair<std::string, std::string>, Matched>> matched_;  // by rule and run
};

std::span<const sql::Migration> migrations();

}  // namespace gyre::alerting

// Rules, memories and alerts as they are kept. Inside alerting/ only.
#pragma once

#include "alerting/judge.h"
#include "base/decode.h"

namespace gyre::alerting {

BOOST_DESCRIBE_STRUCT(Rule, (),
                      (name, experiment, filter, metric, kind, direction, limit, clear, window, minutes, points, clear_points, severity, action, receivers,
                       enabled, changed_ms))
BOOST_DESCRIBE_STRUCT(Seen, (), (step, value))
BOOST_DESCRIBE_STRUCT(Memory, (), (bad, good, alert, best, best_step, best_at_ms, seen))

Result<std::vector<Rule>> read_rules(sql::Tx& tx);

Result<Memory> read_memory(sql::Tx& tx, std::string_view rule, std::string_view run_id, std::string_view metric);
Result<void> write_memory(sql::Tx& tx, const Rule& rule, std::string_view run_id, std::string_view metric, const Memory& memory);

// What fired.
struct Fired {
  std::string metric;
  std::optional<double> value, step, reference;
  TimeMs at_ms = 0;  // when it was logged, or happened
};
// The alert's id; "" where it has too many open already, or this one is. Tells the receivers, and asks the run to stop where the rule says so.
Result<std::string> open_alert(sql::Tx& tx, const Rule& rule, const tracking::RunBrief& run, const Fired& fired, TimeMs now_ms);
Result<void> resolve_alert(sql::Tx& tx, std::string_view id, std::string_view why, TimeMs now_ms);
// Of a run that has ended, or of a rule that has changed: open alerts are resolved and memories dropped. `kind` "": of any but crashed.
Result<void> end_run(sql::Tx& tx, std::string_view run_id, std::string_view why, TimeMs now_ms, std::string_view kind = "");
Result<void> end_rule(sql::Tx& tx, std::string_view rule, std::string_view why, TimeMs now_ms);

}  // namespace gyre::alerting

// What stands beside a run while somebody asks something of it, or waits for it. Inside tracking/ only.
#pragma once

#include "tracking/control.h"

namespace gyre::tracking {

inline bool has_ended(std::string_view status) { return status != "RUNNING" && status != "SCHEDULED"; }

// A run as those see it who change what stands beside it.
struct MarkedRun {
  std::string id;
  std::int64_t experiment_id;
  std::string name, status, lifecycle;
};
// `not_found`, or `invalid` where it is in the bin.
Result<MarkedRun> find_marked(sql::Tx& tx, std::string_view run_id);

Result<StopSignal> read_signal(sql::Tx& tx, std::string_view run_id);
Result<StopSignal> put_stop(sql::Tx& tx, const MarkedRun& run, std::string_view reason, std::string_view actor, TimeMs now_ms);
Result<StopSignal> take_stop_back(sql::Tx& tx, const MarkedRun& run, std::string_view actor, TimeMs now_ms);

// When a run's status changes: one that has ended is waited for no more; one that runs again has obeyed what it was asked before.
Result<void> note_status(sql::Tx& tx, std::string_view run_id, std::string_view before, std::string_view after, TimeMs now_ms);

Result<void> put_tag(sql::Tx& tx, std::string_view run_id, std::string_view key, std::string_view value);
// Whether there was one.
Result<bool> drop_tag(sql::Tx& tx, std::string_view run_id, std::string_view key);
Result<std::optional<std::string>> read_tag(sql::Tx& tx, std::string_view run_id, std::string_view key);

// "run.archived" and the like, with the run's name and experiment and `more`.
Result<void> publish_run(sql::Tx& tx, TimeMs now_ms, std::string_view topic, const MarkedRun& run, json::Object more = {});

}  // namespace gyre::tracking

// How runs come to be. Inside tracking/ only.
#pragma once

#include "tracking/engine.h"
#include "tracking/run_rows.h"

namespace gyre::tracking {

// What MLflow refuses of a new run.
Result<void> check_new_run(const NewRun& run);
// Within the caller's transaction; quotas were refreshed before it. `key`: of ensure_run, or "".
Result<Run> make_run(sql::Tx& tx, Engine& engine, TimeMs now_ms, const NewRun& run, const std::string& id, std::string_view key);
// With its metrics, parameters, tags and inputs.
Result<Run> whole_run(sql::Tx& tx, const RunRow& row);

}  // namespace gyre::tracking

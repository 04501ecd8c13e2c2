// What is deleted and may still be restored. Inside tracking/ only.
#pragma once

#include "base/clock.h"
#include "storage/sql/db.h"

namespace gyre::tracking {

// Each stamped with when it went in, and by which rule; what is in already keeps its stamp.
Result<void> put_in_bin(sql::Tx& tx, std::string_view run_id, TimeMs now_ms, std::string_view rule = "");
// The logged models that a rule put in together with the run come back with it.
Result<void> take_from_bin(sql::Tx& tx, std::string_view run_id);
Result<void> put_runs_in_bin(sql::Tx& tx, std::int64_t experiment_id, TimeMs now_ms);
Result<void> take_runs_from_bin(sql::Tx& tx, std::int64_t experiment_id);
Result<void> take_model_from_bin(sql::Tx& tx, std::string_view model_id, TimeMs now_ms);
Result<void> take_experiment_from_bin(sql::Tx& tx, std::int64_t experiment_id, TimeMs now_ms);  // with its runs

// Stamps what was deleted before there were stamps.
Result<void> stamp_bin(sql::Tx& tx, TimeMs now_ms);

// What the audit log tells of when it is about the bin as a whole, or a rule.
std::string retention_urn();

// Where the next id of an experiment stands once one was purged.
constexpr std::string_view kExperimentIds = "experiments";

}  // namespace gyre::tracking

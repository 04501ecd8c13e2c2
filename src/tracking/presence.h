// What other rooms ask of experiments and runs within a transaction of their own: their tables are tracking's alone.
#pragma once

#include "storage/sql/db.h"

namespace gyre::tracking {

// Whether it is there at all, deleted or not.
Result<bool> has_experiment(sql::Tx& tx, std::int64_t experiment);
Result<bool> has_run(sql::Tx& tx, std::string_view run_id);
// Whether the run was made by a key (`ensure_run`): who made it may be tried again.
Result<bool> is_ensured(sql::Tx& tx, std::string_view run_id);
// Whether the run is being taken out for good (retention.h): nobody may refer to it any more. False, too, where there is no such run.
Result<bool> is_purging(sql::Tx& tx, std::string_view run_id);

// Conditions for statements over rows that belong to an experiment; `column` holds its number.
std::string experiment_is_there(std::string_view column);
std::string experiment_is_active(std::string_view column);

}  // namespace gyre::tracking

// Whether a run is being taken out for good (retention.h): nobody may refer to it any more.
#pragma once

#include "storage/sql/db.h"

namespace gyre::tracking {

// False, too, where there is no such run.
Result<bool> is_purging(sql::Tx& tx, std::string_view run_id);

}  // namespace gyre::tracking

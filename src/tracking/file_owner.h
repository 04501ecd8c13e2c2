// Whose a file is that comes by its path: nothing is put into the folder of a run or logged model that is gone.
#pragma once

#include "storage/sql/db.h"

namespace gyre::tracking {

// `not_found` where the key of a blob leads into the folder of a run or logged model ("artifacts/3/<id>/...") of an experiment that is or
// was here, and there is none of that id, or it is being purged. `invalid` where a folder bears the id of one whose files are in another
// folder ("artifacts/03/<id>/..."). Other folders belong to nobody.
Result<void> check_owner(sql::Db& db, std::string_view key);

}  // namespace gyre::tracking

// What becomes of a thing's node when the thing itself is gone for good.
#pragma once

#include "storage/sql/db.h"

namespace gyre::governance {

// Into the caller's transaction. A node that nothing is linked to goes; one that is linked stays, so that what came of it
// still tells where it came from.
Result<void> forget(sql::Tx& tx, std::string_view urn);

}  // namespace gyre::governance

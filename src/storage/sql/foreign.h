// A database that others wrote, to be read and never changed.
#pragma once

#include "storage/sql/db.h"

namespace gyre::sql {

// "sqlite:PATH" or a bare path, or "postgres://user:password@host:port/database". What is read within one body is one snapshot, also while
// others write there; write() fails. One thread at a time. `invalid` where the file is no database; what it tells of names the file.
Result<std::unique_ptr<Db>> open_foreign(std::string_view url);

}  // namespace gyre::sql

// Brings a database to the schema that this binary knows. A committed migration is never edited.
#pragma once

#include <span>

#include "storage/sql/db.h"

namespace gyre::sql {

struct Migration {
  std::string_view name;        // "tracking/0001_runs"
  std::string_view statements;  // separated by ";" at a line's end; BLOB is rewritten to BYTEA for PostgreSQL
};

// Applies in order what is not yet applied, each in its own transaction. Fails with `conflict` when the database knows a
// migration that this binary does not (it was written by a newer Gyre), or when an applied one has another text now.
Result<void> migrate(Db& db, std::span<const Migration> migrations);

}  // namespace gyre::sql

// The embedded database.
#pragma once

#include <filesystem>

#include "storage/sql/db.h"

namespace gyre::sql {

struct SqliteOptions {
  std::size_t readers = 4;
  std::size_t max_waiting_writes = 4096;  // beyond it `exhausted` at once
  std::size_t max_group = 256;            // bodies in one commit
};

// Opens or creates the database file, in write-ahead mode with full synchronisation. ":memory:" is for tests.
Result<std::unique_ptr<Db>> open_sqlite(const std::filesystem::path& file, SqliteOptions options = {});

}  // namespace gyre::sql

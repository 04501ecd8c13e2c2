// What a house stands on: a data folder that is its alone, and a database with the tables of all rooms.
#pragma once

#include "base/file.h"
#include "storage/sql/db.h"

namespace gyre::app {

constexpr std::string_view kDatabaseFile = "gyre.db";  // in the data folder, where the database is SQLite

// One process a data folder: its write-ahead logs and jobs have one owner. `conflict` while another has it.
Result<Fd> take_lock(const std::filesystem::path& data_dir);

// Brings the database to the schema that this binary knows.
Result<void> make_schema(sql::Db& db);

}  // namespace gyre::app

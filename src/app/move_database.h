// A data folder's database goes to PostgreSQL; its content, predictions and logs stay where they are.
#pragma once

#include <filesystem>

#include "storage/sql/copy.h"

namespace gyre::app {

struct Move {
  std::filesystem::path data_dir;
  std::string url;  // of an empty PostgreSQL
};

struct Moved {
  sql::Copied copied;
  std::filesystem::path kept;  // the old database, under a name by which no server opens it
};

// All or nothing: until the last step the folder's own database is untouched and the other empty. Run again after a kill, it does what is
// left to do. `conflict` while a server has the folder.
Result<Moved> move_database(const Move& move, const sql::CopyWatcher& watcher);

}  // namespace gyre::app

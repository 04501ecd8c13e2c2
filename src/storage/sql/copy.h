// Moves all that one database holds into another.
#pragma once

#include "storage/sql/db.h"

namespace gyre::sql {

struct CopiedTable {
  std::string name;
  std::int64_t rows = 0;
  std::string sha256;  // of all rows together, in whatever order they are read
};

struct Copied {
  std::vector<CopiedTable> tables;
  bool was_there = false;  // an earlier copy had come to its end, and is the same
};

struct CopyProgress {
  enum class Stage { copying, verifying } stage;
  std::string_view table;
  std::int64_t rows, total_rows;  // of all tables
};

using CopyWatcher = std::function<void(const CopyProgress&)>;

// Copies every table of `from` (SQLite) into `to` (PostgreSQL), where `make_schema` makes the same tables, and reads them back: as many
// rows, of the same content. All of it is one transaction of `to`: after a failure or a kill, nothing of it is there. Memory is
// bounded by a batch of rows. What numbers rows stands in tables of its own, and moves with them: there are no sequences to set.
// `conflict` where `to` holds anything else than a whole copy of `from`.
Result<Copied> copy_all(Db& from, Db& to, const std::function<Result<void>(Db& in)>& make_schema, const CopyWatcher& watcher);

}  // namespace gyre::sql

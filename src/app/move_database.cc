#include "app/move_database.h"

#include <fmt/format.h>

#include "app/ground.h"
#include "storage/sql/sqlite.h"

namespace gyre::app {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kMovedSuffix = ".moved";

Result<void> check_folder(const fs::path& data_dir) {
  std::error_code error;
  if (!fs::exists(data_dir / "lock", error))
    return fail(Code::not_found, fmt::format("'{}' is no data folder: no server has used it", data_dir.string()), {},
                "name the server's folder with --data-dir");
  if (fs::exists(data_dir / kDatabaseFile, error)) return {};
  const auto moved = (data_dir / kDatabaseFile).string() + std::string(kMovedSuffix);
  if (fs::exists(moved, error))
    return fail(Code::conflict, fmt::format("the database of '{}' has been moved already", data_dir.string()), {},
                "start the server with the --database that it was moved to");
  return fail(Code::not_found, fmt::format("the data folder '{}' has no database {}", data_dir.string(), kDatabaseFile), {},
              "its server keeps its database elsewhere: see its --database");
}

// Started without --database, a server would else go on with what was true before the move.
Result<fs::path> retire(const fs::path& file) {
  const fs::path kept = file.string() + std::string(kMovedSuffix);
  std::error_code error;
  fs::rename(file, kept, error);
  if (error)
    return fail(Code::unavailable, fmt::format("everything was moved, but '{}' cannot be renamed", file.string()), error.message(),
                "make the folder writable, then move once more");
  for (const char* beside : {"-wal", "-shm"}) fs::remove(file.string() + beside, error);  // empty since the database was closed
  TRY(sync_folder(file.parent_path()));
  return kept;
}

}  // namespace

Result<Moved> move_database(const Move& move, const sql::CopyWatcher& watcher) {
  TRY(check_folder(move.data_dir));
  const auto lock = TRY(take_lock(move.data_dir));
  const auto file = move.data_dir / kDatabaseFile;
  auto to = TRY(sql::open(move.url));
  auto from = TRY(sql::open_sqlite(file, {.readers = 1}));
  TRY(make_schema(*from));
  TRY(from->verify());
  Moved moved{TRY(sql::copy_all(*from, *to, make_schema, watcher)), {}};
  from.reset();
  moved.kept = TRY(retire(file));
  return moved;
}

}  // namespace gyre::app

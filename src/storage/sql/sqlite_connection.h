// One connection to SQLite with its prepared statements. Used inside this folder only.
#pragma once

#include <filesystem>
#include <list>
#include <memory>
#include <string>
#include <unordered_map>

#include "storage/sql/db.h"

struct sqlite3;
struct sqlite3_stmt;

namespace gyre::sql {

// Used by one thread at a time.
class SqliteConnection final : public Tx {
 public:
  static Result<std::unique_ptr<SqliteConnection>> open(const std::string& file, bool read_only);
  ~SqliteConnection() override;

  Result<void> command(const char* text);                                    // what is said once: not kept prepared
  Result<void> control(std::string_view text) { return run(text, {}, {}); }  // BEGIN, SAVEPOINT, COMMIT
  std::int64_t changed_rows() const override;
  bool in_transaction() const;

  // From here on nothing but `checkpoint` empties the write-ahead log, and `log_pages` tells how long this connection's last commit
  // made it.
  void own_checkpoints();
  int log_pages() const { return log_pages_; }
  // As much of the log as is free goes into the database file. What fails stays in the log, and is tried again with the next one.
  void checkpoint();

 private:
  static constexpr std::size_t kMaxCached = 256;
  struct Cached {
    std::string text;
    sqlite3_stmt* statement;
  };

  explicit SqliteConnection(sqlite3* db) : db_(db) {}
  Result<void> run(std::string_view statement, std::span<const Value> args, const RowSink& on_row) override;
  Result<sqlite3_stmt*> prepare(std::string_view text);

  sqlite3* db_;
  int log_pages_ = 0;
  std::list<Cached> cached_;  // the latest used first
  std::unordered_map<std::string_view, std::list<Cached>::iterator> by_text_;
};

}  // namespace gyre::sql

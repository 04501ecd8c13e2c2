// Databases for tests: those of all rooms that want to run on each backend.
#pragma once

#include <cstdlib>
#include <string>
#include <vector>

#include "base/file.h"
#include "base/id.h"
#include "storage/sql/counted.h"
#include "storage/sql/faulty.h"
#include "storage/sql/sqlite.h"

namespace gyre::sql {

// An empty database of one kind, gone at the end. The environment variable GYRE_TEST_PG names a PostgreSQL by URL, in which
// each test gets a schema of its own; without it that kind is not available(), and db() is a SQLite that nobody uses.
class TestDatabase {
 public:
  static constexpr const char* kKinds[] = {"SqliteFile", "SqliteMemory", "SlowSqlite", "CountedSqlite", "Postgres", "PostgresUnprepared"};
  static constexpr const char* kSkipped = "SKIPPED: GYRE_TEST_PG names no PostgreSQL, so this was not tested on it";

  explicit TestDatabase(std::string_view kind) {
    if (kind == "SqliteMemory") db_ = open_sqlite(":memory:").value();
    if (kind == "SqliteFile" || kind == "SlowSqlite") db_ = open_sqlite(folder_.path() / "test.db").value();
    if (kind == "CountedSqlite") db_ = make_counted(open_sqlite(folder_.path() / "test.db").value(), counters_);
    available_ = !kind.starts_with("Postgres");
    if (!available_) open_postgres(kind == "PostgresUnprepared");
    if (kind == "SlowSqlite") slow_ = make_faulty(*db_, {.max_latency_us = 300});
  }
  ~TestDatabase() {
    db_.reset();
    if (admin_) (void)admin_->write([&](Tx& tx) { return tx.exec("DROP SCHEMA " + schema_ + " CASCADE"); });
  }
  TestDatabase(const TestDatabase&) = delete;

  bool available() const { return available_; }
  Db* db() { return slow_ ? slow_.get() : db_.get(); }
  // The URL of this schema (PostgreSQL).
  const std::string& url() const { return url_; }

 private:
  void open_postgres(bool unprepared) {
    const char* server = std::getenv("GYRE_TEST_PG");
    if (!server) db_ = open_sqlite(":memory:").value();
    if (!server) return;
    schema_ = "t" + make_hex_id();
    admin_ = open(server).value();
    const auto made = admin_->write([&](Tx& tx) { return tx.exec("CREATE SCHEMA " + schema_); });
    available_ = made.has_value();
    url_ = std::string(server) + (std::string(server).contains('?') ? "&" : "?") + "options=-csearch_path%3D" + schema_ + (unprepared ? "&prepare=0" : "");
    db_ = open(url_).value();
  }

  const ScratchFolder folder_;
  Counters counters_;
  bool available_ = false;
  std::string schema_, url_;
  std::unique_ptr<Db> admin_, db_, slow_;
};

}  // namespace gyre::sql

// Rooms to move into, for tests. Inside exchange/ only.
#pragma once

#include <gtest/gtest.h>

#include "base/file.h"
#include "exchange/journey.h"
#include "exchange/mlflow_tables.h"
#include "genai/genai.h"
#include "governance/governance.h"
#include "storage/sql/outbox.h"
#include "storage/sql/sqlite.h"
#include "storage/sql/testing.h"

namespace gyre::exchange {

struct House {
  explicit House(const char* database = "SqliteMemory") : database_(database) {}
  bool open() {
    if (!database_.available()) return false;
    for (const auto all : {governance::migrations(), outbox::migrations(), tracking::migrations(), traces::migrations(), registry::migrations()})
      if (!sql::migrate(*db, all)) return false;
    return tracking.prepare().has_value();
  }

  sql::TestDatabase database_;
  sql::Db* db = database_.db();
  std::unique_ptr<blob::Store> blobs = blob::open_memory();
  VirtualClock clock{5000};
  tracking::Service tracking{*db, *blobs, clock};
  traces::Service traces{*db, clock, tracking};
  registry::Service registry{*db, *blobs, clock, tracking};
  Intake intake{*db, *blobs, clock, tracking, traces, registry};

  Result<Report> import(const std::string& place, const SourceOptions& options = {}) {
    auto source = TRY(open_source(place, options));
    const auto destination = make_local(intake, *blobs);
    return move_all(*source, *destination, [](const Report&) {});
  }
};

// An MLflow database of 2.x with one experiment of one run, to be changed as a test likes.
class MlflowFile {
 public:
  MlflowFile() {
    for (const auto statement : set_up()) run(statement);
  }
  // For both databases.
  static std::span<const std::string_view> set_up() {
    static constexpr std::string_view kSetUp[] = {
        R"(CREATE TABLE "alembic_version" (version_num TEXT))",
        R"(INSERT INTO "alembic_version" VALUES ('97727af70f4d'))",
        R"(CREATE TABLE "experiments" (experiment_id INTEGER PRIMARY KEY, name TEXT, artifact_location TEXT, lifecycle_stage TEXT, creation_time BIGINT, last_update_time BIGINT))",
        R"(CREATE TABLE "experiment_tags" (key TEXT, value TEXT, experiment_id INTEGER))",
        R"(CREATE TABLE "runs" (run_uuid TEXT PRIMARY KEY, name TEXT, user_id TEXT, status TEXT, start_time BIGINT, end_time BIGINT, lifecycle_stage TEXT, artifact_uri TEXT, experiment_id INTEGER))",
        R"(CREATE TABLE "metrics" (key TEXT, value DOUBLE PRECISION, timestamp BIGINT, run_uuid TEXT, step BIGINT, is_nan BOOLEAN))",
        R"(CREATE INDEX "index_metrics_run_uuid" ON "metrics" (run_uuid))",
        R"(CREATE TABLE "params" (key TEXT, value TEXT, run_uuid TEXT))",
        R"(CREATE TABLE "tags" (key TEXT, value TEXT, run_uuid TEXT))",
        R"(INSERT INTO "experiments" VALUES (7, 'flights', '/nowhere/7', 'active', 11, 12))",
        R"(INSERT INTO "experiment_tags" VALUES ('team', 'late', 7))",
        R"(INSERT INTO "runs" VALUES ('aaaa', 'first', 'ann', 'RUNNING', 100, NULL, 'active', '/nowhere/7/aaaa/artifacts', 7))",
        R"(INSERT INTO "params" VALUES ('lr', '0.1', 'aaaa'))",
        R"(INSERT INTO "tags" VALUES ('note', 'x', 'aaaa'))",
        R"(INSERT INTO "metrics" VALUES ('loss', 0.5, 1, 'aaaa', 0, FALSE), ('loss', 0, 2, 'aaaa', 1, TRUE), ('a/b', -1.5, 3, 'aaaa', -4, FALSE))",
    };
    return kSetUp;
  }
  void run(std::string_view statement) {
    const auto db = sql::open_sqlite(file());
    ASSERT_TRUE(db && (*db)->write([&](sql::Tx& tx) { return tx.exec(statement); })) << statement;
  }
  std::string file() const { return (folder_.path() / "mlflow.db").string(); }

 private:
  ScratchFolder folder_;
};

}  // namespace gyre::exchange

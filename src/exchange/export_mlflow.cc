// An MLflow database of what a house has: experiments and runs with all they logged.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "exchange/outlet.h"
#include "storage/sql/sqlite.h"

namespace gyre::exchange {
namespace {

namespace fs = std::filesystem;

// As 1.29 to 2.1 have it: the names of constraints are those that MLflow's own upgrades look for.
constexpr std::string_view kSchema[] = {
    R"(CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL, CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)))",
    R"(INSERT INTO "alembic_version" VALUES ('97727af70f4d'))",
    R"(CREATE TABLE experiments (experiment_id INTEGER NOT NULL, name VARCHAR(256) NOT NULL, artifact_location VARCHAR(256), lifecycle_stage VARCHAR(32), creation_time BIGINT, last_update_time BIGINT, CONSTRAINT experiment_pk PRIMARY KEY (experiment_id), CONSTRAINT experiments_lifecycle_stage CHECK (lifecycle_stage IN ('active', 'deleted')), UNIQUE (name)))",
    R"(CREATE TABLE experiment_tags ("key" VARCHAR(250) NOT NULL, value VARCHAR(5000), experiment_id INTEGER NOT NULL, CONSTRAINT experiment_tag_pk PRIMARY KEY ("key", experiment_id), FOREIGN KEY(experiment_id) REFERENCES experiments (experiment_id)))",
    R"(CREATE TABLE runs (run_uuid VARCHAR(32) NOT NULL, name VARCHAR(250), source_type VARCHAR(20), source_name VARCHAR(500), entry_point_name VARCHAR(50), user_id VARCHAR(256), status VARCHAR(9), start_time BIGINT, end_time BIGINT, source_version VARCHAR(50), lifecycle_stage VARCHAR(20), artifact_uri VARCHAR(200), experiment_id INTEGER, deleted_time BIGINT, CONSTRAINT run_pk PRIMARY KEY (run_uuid), CONSTRAINT source_type CHECK (source_type IN ('NOTEBOOK', 'JOB', 'LOCAL', 'UNKNOWN', 'PROJECT')), CONSTRAINT runs_lifecycle_stage CHECK (lifecycle_stage IN ('active', 'deleted')), FOREIGN KEY(experiment_id) REFERENCES experiments (experiment_id), CHECK (status IN ('SCHEDULED', 'FAILED', 'FINISHED', 'RUNNING', 'KILLED'))))",
    R"(CREATE TABLE metrics ("key" VARCHAR(250) NOT NULL, value FLOAT NOT NULL, timestamp BIGINT NOT NULL, run_uuid VARCHAR(32) NOT NULL, step BIGINT DEFAULT '0' NOT NULL, is_nan BOOLEAN DEFAULT '0' NOT NULL, CONSTRAINT metric_pk PRIMARY KEY ("key", timestamp, step, run_uuid, value, is_nan), FOREIGN KEY(run_uuid) REFERENCES runs (run_uuid), CHECK (is_nan IN (0, 1))))",
    R"(CREATE TABLE latest_metrics ("key" VARCHAR(250) NOT NULL, value FLOAT NOT NULL, timestamp BIGINT, step BIGINT NOT NULL, is_nan BOOLEAN NOT NULL, run_uuid VARCHAR(32) NOT NULL, CONSTRAINT latest_metric_pk PRIMARY KEY ("key", run_uuid), FOREIGN KEY(run_uuid) REFERENCES runs (run_uuid), CHECK (is_nan IN (0, 1))))",
    R"(CREATE TABLE params ("key" VARCHAR(250) NOT NULL, value VARCHAR(500) NOT NULL, run_uuid VARCHAR(32) NOT NULL, CONSTRAINT param_pk PRIMARY KEY ("key", run_uuid), FOREIGN KEY(run_uuid) REFERENCES runs (run_uuid)))",
    R"(CREATE TABLE tags ("key" VARCHAR(250) NOT NULL, value VARCHAR(5000), run_uuid VARCHAR(32) NOT NULL, CONSTRAINT tag_pk PRIMARY KEY ("key", run_uuid), FOREIGN KEY(run_uuid) REFERENCES runs (run_uuid)))",
    R"(CREATE TABLE registered_models (name VARCHAR(256) NOT NULL, creation_time BIGINT, last_updated_time BIGINT, description VARCHAR(5000), CONSTRAINT registered_model_pk PRIMARY KEY (name), UNIQUE (name)))",
    R"(CREATE TABLE model_versions (name VARCHAR(256) NOT NULL, version INTEGER NOT NULL, creation_time BIGINT, last_updated_time BIGINT, description VARCHAR(5000), user_id VARCHAR(256), current_stage VARCHAR(20), source VARCHAR(500), run_id VARCHAR(32), status VARCHAR(20), status_message VARCHAR(500), run_link VARCHAR(500), CONSTRAINT model_version_pk PRIMARY KEY (name, version), FOREIGN KEY(name) REFERENCES registered_models (name) ON UPDATE CASCADE))",
    R"(CREATE TABLE registered_model_tags ("key" VARCHAR(250) NOT NULL, value VARCHAR(5000), name VARCHAR(256) NOT NULL, CONSTRAINT registered_model_tag_pk PRIMARY KEY ("key", name), FOREIGN KEY(name) REFERENCES registered_models (name) ON UPDATE cascade))",
    R"(CREATE TABLE model_version_tags ("key" VARCHAR(250) NOT NULL, value VARCHAR(5000), name VARCHAR(256) NOT NULL, version INTEGER NOT NULL, CONSTRAINT model_version_tag_pk PRIMARY KEY ("key", name, version), FOREIGN KEY(name, version) REFERENCES model_versions (name, version) ON UPDATE cascade))",
    "CREATE INDEX index_params_run_uuid ON params (run_uuid)",
    "CREATE INDEX index_metrics_run_uuid ON metrics (run_uuid)",
    "CREATE INDEX index_latest_metrics_run_uuid ON latest_metrics (run_uuid)",
    "CREATE INDEX index_tags_run_uuid ON tags (run_uuid)",
};

// MLflow holds no infinities, and NaN beside a zero.
double held(double value) {
  if (std::isnan(value)) return 0;
  return std::clamp(value, -std::numeric_limits<double>::max(), std::numeric_limits<double>::max());
}

class MlflowSink final : public Sink {
 public:
  explicit MlflowSink(sql::Db& db) : db_(db) {}

  Result<void> record(Record record) override {
    if (const auto* experiment = std::get_if<Experiment>(&record)) return write(*experiment);
    if (const auto* run = std::get_if<Run>(&record)) return write(*run);
    if (const auto* series = std::get_if<Series>(&record)) return write(*series);
    return {};
  }
  Result<void> version(Version, std::optional<Origin>) override { return {}; }
  Result<void> folder(const Folder&) override { return {}; }
  void left(std::string_view, std::string_view, std::int64_t) override {}

 private:
  Result<void> write(const Experiment& one) {
    return db_.write([&](sql::Tx& tx) -> Result<void> {
      TRY(tx.exec(R"(INSERT INTO "experiments" VALUES (CAST($1 AS INTEGER), $2, $3, $4, $5, $6))", one.id, one.name, one.artifact_location, one.lifecycle,
                  one.created_ms, one.updated_ms));
      for (const auto& [key, value] : one.tags) TRY(tx.exec(R"(INSERT INTO "experiment_tags" VALUES ($1, $2, CAST($3 AS INTEGER)))", key, value, one.id));
      return {};
    });
  }

  Result<void> write(const Run& run) {
    const auto& info = run.info;
    return db_.write([&](sql::Tx& tx) -> Result<void> {
      TRY(tx.exec(R"(INSERT INTO "runs" VALUES ($1, $2, 'UNKNOWN', '', '', $3, $4, $5, $6, '', $7, $8, CAST($9 AS INTEGER), NULL))", info.id, info.name,
                  info.user, info.status, info.start_ms, info.end_ms, info.lifecycle, info.artifact_uri, info.experiment_id));
      for (const auto& [key, value] : run.params) TRY(tx.exec(R"(INSERT INTO "params" VALUES ($1, $2, $3))", key, value, info.id));
      for (const auto& [key, value] : run.tags) TRY(tx.exec(R"(INSERT INTO "tags" VALUES ($1, $2, $3))", key, value, info.id));
      return {};
    });
  }

  // The latest of all as MLflow has it: the largest (step, time, value).
  Result<void> write(const Series& series) {
    const auto rank = [](const tracking::AdoptedPoint& point) { return std::tuple(point.step, point.at_ms, held(point.value)); };
    return db_.write([&](sql::Tx& tx) -> Result<void> {
      for (const auto& point : series.points)
        TRY(tx.exec(R"(INSERT INTO "metrics" VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING)", series.key, held(point.value), point.at_ms,
                    series.run_id, point.step, std::isnan(point.value)));
      const auto& latest = *std::ranges::max_element(series.points, {}, rank);
      return tx.exec(R"(INSERT INTO "latest_metrics" VALUES ($1, $2, $3, $4, $5, $6))", series.key, held(latest.value), latest.at_ms, latest.step,
                     std::isnan(latest.value), series.run_id);
    });
  }

  sql::Db& db_;
};

}  // namespace

Result<void> write_mlflow(Source& source, const fs::path& file) {
  std::error_code error;
  if (fs::exists(file, error)) return fail(Code::conflict, fmt::format("'{}' is there already", file.string()), {}, "name a new file");
  const auto db = TRY(sql::open_sqlite(file, {.readers = 1}));
  TRY(db->write([](sql::Tx& tx) -> Result<void> {
    for (const auto statement : kSchema) TRY(tx.exec(statement));
    return {};
  }));
  MlflowSink sink(*db);
  return source.read(sink);
}

}  // namespace gyre::exchange

CREATE TABLE pipelines (
  name        TEXT PRIMARY KEY,
  definition  TEXT NOT NULL,
  code        TEXT NOT NULL,
  updated_ms  BIGINT NOT NULL,
  next_run_ms BIGINT,
  project     TEXT NOT NULL DEFAULT 'default'
);
CREATE TABLE pipeline_runs (
  id          TEXT PRIMARY KEY,
  pipeline    TEXT NOT NULL,
  definition  TEXT NOT NULL,
  code        TEXT NOT NULL,
  parameters  TEXT NOT NULL,
  data_commit TEXT NOT NULL,
  started_by  TEXT NOT NULL,
  start_key   TEXT UNIQUE,
  status      TEXT NOT NULL,
  error       TEXT NOT NULL,
  created_ms  BIGINT NOT NULL,
  finished_ms BIGINT NOT NULL,
  versions    TEXT NOT NULL
);
CREATE INDEX pipeline_runs_by_status ON pipeline_runs (status);
CREATE INDEX pipeline_runs_by_pipeline ON pipeline_runs (pipeline, created_ms);
CREATE TABLE step_runs (
  run              TEXT NOT NULL REFERENCES pipeline_runs (id),
  name             TEXT NOT NULL,
  place            BIGINT NOT NULL,
  status           TEXT NOT NULL,
  attempt          BIGINT NOT NULL,
  job              TEXT NOT NULL,
  tracking_run     TEXT NOT NULL,
  error            TEXT NOT NULL,
  log_sha256       TEXT NOT NULL,
  cached_from      TEXT NOT NULL,
  cache_key        TEXT NOT NULL,
  started_ms       BIGINT NOT NULL,
  finished_ms      BIGINT NOT NULL,
  cpu_ms           BIGINT NOT NULL,
  max_memory_bytes BIGINT NOT NULL,
  not_before_ms    BIGINT NOT NULL,
  outputs          TEXT NOT NULL,
  PRIMARY KEY (run, name)
);
CREATE INDEX step_runs_by_cache_key ON step_runs (cache_key);

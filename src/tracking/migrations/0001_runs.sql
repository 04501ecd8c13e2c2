CREATE TABLE experiments (
  id                BIGINT PRIMARY KEY,
  name              TEXT NOT NULL UNIQUE,
  artifact_location TEXT NOT NULL,
  lifecycle         TEXT NOT NULL,
  created_ms        BIGINT NOT NULL,
  updated_ms        BIGINT NOT NULL,
  project           TEXT NOT NULL DEFAULT 'default'
);
CREATE TABLE experiment_tags (
  experiment_id BIGINT NOT NULL REFERENCES experiments (id),
  key           TEXT NOT NULL,
  value         TEXT NOT NULL,
  PRIMARY KEY (experiment_id, key)
);
CREATE TABLE runs (
  id            TEXT PRIMARY KEY,
  experiment_id BIGINT NOT NULL REFERENCES experiments (id),
  name          TEXT NOT NULL,
  user_name     TEXT NOT NULL,
  status        TEXT NOT NULL,
  start_ms      BIGINT NOT NULL,
  end_ms        BIGINT,
  lifecycle     TEXT NOT NULL,
  artifact_uri  TEXT NOT NULL,
  ensure_key    TEXT UNIQUE
);
CREATE INDEX runs_by_experiment ON runs (experiment_id, lifecycle, start_ms);
CREATE TABLE run_params (
  run_id TEXT NOT NULL REFERENCES runs (id),
  key    TEXT NOT NULL,
  value  TEXT NOT NULL,
  PRIMARY KEY (run_id, key)
);
CREATE TABLE run_tags (
  run_id TEXT NOT NULL REFERENCES runs (id),
  key    TEXT NOT NULL,
  value  TEXT NOT NULL,
  PRIMARY KEY (run_id, key)
);
CREATE TABLE metric_series (
  id           BIGINT PRIMARY KEY,
  run_id       TEXT NOT NULL REFERENCES runs (id),
  key          TEXT NOT NULL,
  points       BIGINT NOT NULL,
  latest_step  BIGINT NOT NULL,
  latest_at_ms BIGINT NOT NULL,
  latest_value DOUBLE PRECISION,
  UNIQUE (run_id, key)
);
CREATE INDEX metric_series_by_key ON metric_series (key, latest_value);
CREATE TABLE metric_points (
  series_id BIGINT NOT NULL,
  step      BIGINT NOT NULL,
  at_ms     BIGINT NOT NULL,
  value     DOUBLE PRECISION
);
CREATE INDEX metric_points_by_series ON metric_points (series_id);
CREATE TABLE run_datasets (
  run_id TEXT NOT NULL REFERENCES runs (id),
  digest TEXT NOT NULL,
  name   TEXT NOT NULL,
  body   TEXT NOT NULL,
  PRIMARY KEY (run_id, name, digest)
);
CREATE TABLE run_outputs (
  run_id   TEXT NOT NULL REFERENCES runs (id),
  model_id TEXT NOT NULL,
  step     BIGINT NOT NULL,
  PRIMARY KEY (run_id, model_id)
);
CREATE TABLE logged_models (
  id            TEXT PRIMARY KEY,
  experiment_id BIGINT NOT NULL REFERENCES experiments (id),
  name          TEXT NOT NULL,
  type          TEXT NOT NULL,
  source_run_id TEXT NOT NULL,
  status        TEXT NOT NULL,
  artifact_uri  TEXT NOT NULL,
  created_ms    BIGINT NOT NULL,
  updated_ms    BIGINT NOT NULL
);
CREATE INDEX logged_models_by_run ON logged_models (source_run_id);
CREATE TABLE logged_model_params (
  model_id TEXT NOT NULL REFERENCES logged_models (id),
  key      TEXT NOT NULL,
  value    TEXT NOT NULL,
  PRIMARY KEY (model_id, key)
);
CREATE TABLE logged_model_tags (
  model_id TEXT NOT NULL REFERENCES logged_models (id),
  key      TEXT NOT NULL,
  value    TEXT NOT NULL,
  PRIMARY KEY (model_id, key)
);

ALTER TABLE logged_models ADD COLUMN deleted_ms BIGINT;
CREATE TABLE logged_model_metrics (
  model_id       TEXT NOT NULL REFERENCES logged_models (id),
  key            TEXT NOT NULL,
  step           BIGINT NOT NULL,
  at_ms          BIGINT NOT NULL,
  run_id         TEXT NOT NULL,
  dataset_name   TEXT NOT NULL,
  dataset_digest TEXT NOT NULL,
  value          DOUBLE PRECISION,
  PRIMARY KEY (model_id, key, step, at_ms, run_id, dataset_name, dataset_digest)
);
CREATE TABLE run_model_inputs (
  run_id   TEXT NOT NULL REFERENCES runs (id),
  model_id TEXT NOT NULL,
  PRIMARY KEY (run_id, model_id)
);

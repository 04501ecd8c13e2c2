CREATE TABLE eval_datasets (
  id         TEXT PRIMARY KEY,
  name       TEXT NOT NULL,
  digest     TEXT NOT NULL,
  created_ms BIGINT NOT NULL,
  updated_ms BIGINT NOT NULL,
  created_by TEXT,
  updated_by TEXT,
  schema     TEXT,
  last_seq   BIGINT NOT NULL
);
CREATE INDEX eval_datasets_by_time ON eval_datasets (created_ms, id);
CREATE TABLE eval_dataset_tags (
  dataset_id TEXT NOT NULL REFERENCES eval_datasets (id) ON DELETE CASCADE,
  key        TEXT NOT NULL,
  value      TEXT NOT NULL,
  PRIMARY KEY (dataset_id, key)
);
CREATE TABLE eval_dataset_experiments (
  dataset_id    TEXT NOT NULL REFERENCES eval_datasets (id) ON DELETE CASCADE,
  experiment_id BIGINT NOT NULL,
  PRIMARY KEY (dataset_id, experiment_id)
);
CREATE INDEX eval_dataset_experiments_by_experiment ON eval_dataset_experiments (experiment_id);
CREATE TABLE eval_records (
  dataset_id   TEXT NOT NULL REFERENCES eval_datasets (id) ON DELETE CASCADE,
  seq          BIGINT NOT NULL,
  id           TEXT NOT NULL UNIQUE,
  input_hash   TEXT NOT NULL,
  created_ms   BIGINT NOT NULL,
  updated_ms   BIGINT NOT NULL,
  created_by   TEXT,
  updated_by   TEXT,
  inputs       TEXT NOT NULL,
  outputs      TEXT,
  expectations TEXT,
  tags         TEXT NOT NULL,
  source_type  TEXT,
  source_data  TEXT,
  source_id    TEXT,
  PRIMARY KEY (dataset_id, seq),
  UNIQUE (dataset_id, input_hash)
);
CREATE TABLE scorers (
  id            TEXT PRIMARY KEY,
  experiment_id BIGINT NOT NULL,
  name          TEXT NOT NULL,
  UNIQUE (experiment_id, name)
);
CREATE TABLE scorer_versions (
  scorer_id  TEXT NOT NULL REFERENCES scorers (id) ON DELETE CASCADE,
  version    BIGINT NOT NULL,
  serialized TEXT NOT NULL,
  created_ms BIGINT NOT NULL,
  PRIMARY KEY (scorer_id, version)
);
CREATE TABLE scorer_online_configs (
  scorer_id   TEXT PRIMARY KEY REFERENCES scorers (id) ON DELETE CASCADE,
  id          TEXT NOT NULL,
  sample_rate DOUBLE PRECISION NOT NULL,
  filter      TEXT
);
CREATE TABLE issues (
  id            TEXT PRIMARY KEY,
  experiment_id BIGINT NOT NULL,
  name          TEXT NOT NULL,
  description   TEXT NOT NULL,
  status        TEXT NOT NULL,
  severity      TEXT,
  root_causes   TEXT NOT NULL,
  categories    TEXT NOT NULL,
  source_run_id TEXT,
  created_by    TEXT,
  created_ms    BIGINT NOT NULL,
  updated_ms    BIGINT NOT NULL
);
CREATE INDEX issues_by_experiment ON issues (experiment_id);

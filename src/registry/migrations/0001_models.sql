CREATE TABLE models (
  name        TEXT PRIMARY KEY,
  description TEXT NOT NULL,
  created_ms  BIGINT NOT NULL,
  updated_ms  BIGINT NOT NULL,
  project     TEXT NOT NULL DEFAULT 'default'
);
CREATE TABLE model_tags (
  model TEXT NOT NULL REFERENCES models (name),
  key   TEXT NOT NULL,
  value TEXT NOT NULL,
  PRIMARY KEY (model, key)
);
CREATE TABLE model_versions (
  model        TEXT NOT NULL REFERENCES models (name),
  version      BIGINT NOT NULL,
  created_ms   BIGINT NOT NULL,
  updated_ms   BIGINT NOT NULL,
  description  TEXT NOT NULL,
  source       TEXT NOT NULL,
  run_id       TEXT NOT NULL,
  run_link     TEXT NOT NULL,
  stage        TEXT NOT NULL,
  user_name    TEXT NOT NULL,
  artifact_uri TEXT NOT NULL,
  deleted      INTEGER NOT NULL,
  PRIMARY KEY (model, version)
);
CREATE INDEX model_versions_by_run ON model_versions (run_id);
CREATE TABLE model_version_tags (
  model   TEXT NOT NULL,
  version BIGINT NOT NULL,
  key     TEXT NOT NULL,
  value   TEXT NOT NULL,
  PRIMARY KEY (model, version, key)
);
CREATE TABLE model_version_files (
  model      TEXT NOT NULL,
  version    BIGINT NOT NULL,
  path       TEXT NOT NULL,
  blob_key   TEXT NOT NULL,
  size_bytes BIGINT NOT NULL,
  sha256     TEXT NOT NULL,
  PRIMARY KEY (model, version, path)
);
CREATE TABLE model_aliases (
  model   TEXT NOT NULL REFERENCES models (name),
  alias   TEXT NOT NULL,
  version BIGINT NOT NULL,
  PRIMARY KEY (model, alias)
);
CREATE TABLE model_evidence (
  model      TEXT NOT NULL,
  version    BIGINT NOT NULL,
  kind       TEXT NOT NULL,
  sha256     TEXT NOT NULL,
  size_bytes BIGINT NOT NULL,
  body       TEXT NOT NULL,
  at_ms      BIGINT NOT NULL,
  PRIMARY KEY (model, version, kind)
);

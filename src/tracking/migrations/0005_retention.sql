-- Since when something is in the bin. What was deleted before is stamped when retention first looks.
ALTER TABLE experiments ADD COLUMN deleted_ms BIGINT;
ALTER TABLE runs ADD COLUMN deleted_ms BIGINT;
CREATE INDEX runs_in_bin ON runs (lifecycle, deleted_ms, id) WHERE lifecycle <> 'active';
ALTER TABLE logged_models ADD COLUMN purging INTEGER NOT NULL DEFAULT 0;
CREATE INDEX logged_models_in_bin ON logged_models (purging, deleted_ms, id) WHERE deleted_ms IS NOT NULL;
CREATE TABLE retention_settings (
  name  TEXT PRIMARY KEY,
  value BIGINT NOT NULL
);
CREATE TABLE retention_rules (
  name       TEXT PRIMARY KEY,
  body       TEXT NOT NULL,
  changed_ms BIGINT NOT NULL,
  applied_ms BIGINT,
  binned     BIGINT NOT NULL
);
-- Experiment -1: all of them together.
CREATE TABLE retention_quotas (
  experiment_id BIGINT PRIMARY KEY,
  body          TEXT NOT NULL,
  runs          BIGINT NOT NULL,
  bytes         BIGINT NOT NULL,
  points        BIGINT NOT NULL,
  measured_ms   BIGINT,
  exceeded      TEXT NOT NULL
);
-- What was purged since the beginning.
CREATE TABLE retention_totals (
  name   TEXT PRIMARY KEY,
  amount BIGINT NOT NULL
);

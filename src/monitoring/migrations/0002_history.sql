CREATE TABLE monitor_window_versions (
  monitor   TEXT NOT NULL REFERENCES monitors (name),
  from_ms   BIGINT NOT NULL,
  version   BIGINT NOT NULL,
  role      TEXT NOT NULL,
  row_count BIGINT NOT NULL,
  estimated TEXT NOT NULL,
  PRIMARY KEY (monitor, from_ms, version, role)
);
CREATE TABLE monitor_window_profiles (
  monitor     TEXT NOT NULL REFERENCES monitors (name),
  column_name TEXT NOT NULL,
  from_ms     BIGINT NOT NULL,
  version     BIGINT NOT NULL,
  profile     BLOB NOT NULL,
  PRIMARY KEY (monitor, column_name, from_ms, version)
);
CREATE TABLE monitor_counterfactuals (
  monitor TEXT NOT NULL REFERENCES monitors (name),
  from_ms BIGINT NOT NULL,
  version BIGINT NOT NULL,
  figures TEXT NOT NULL,
  PRIMARY KEY (monitor, from_ms, version)
);
CREATE TABLE monitor_references (
  monitor    TEXT NOT NULL REFERENCES monitors (name),
  version    BIGINT NOT NULL,
  definition TEXT NOT NULL,
  layouts    BLOB NOT NULL,
  profiles   BLOB NOT NULL,
  outputs    TEXT NOT NULL,
  labelled   BLOB NOT NULL,
  PRIMARY KEY (monitor, version)
);
ALTER TABLE monitor_quality ADD COLUMN figures TEXT NOT NULL DEFAULT '{}';
ALTER TABLE label_batches ADD COLUMN delay_ms BIGINT;
ALTER TABLE alerts DROP COLUMN acknowledged;
ALTER TABLE alerts ADD COLUMN acknowledged_ms BIGINT NOT NULL DEFAULT 0;
ALTER TABLE alerts ADD COLUMN acknowledged_by TEXT NOT NULL DEFAULT '';
ALTER TABLE alerts ADD COLUMN muted_until_ms BIGINT NOT NULL DEFAULT 0;

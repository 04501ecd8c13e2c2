CREATE TABLE monitors (
  name       TEXT PRIMARY KEY,
  endpoint   TEXT NOT NULL,
  definition TEXT NOT NULL,
  segment    BIGINT NOT NULL,
  read_to    BIGINT NOT NULL,
  closed_to  BIGINT NOT NULL,
  project    TEXT NOT NULL DEFAULT 'default'
);
CREATE TABLE monitor_profiles (
  monitor   TEXT NOT NULL REFERENCES monitors (name),
  version   BIGINT NOT NULL,
  role      TEXT NOT NULL,
  minute_ms BIGINT NOT NULL,
  row_count BIGINT NOT NULL,
  profiles  BLOB NOT NULL,
  scores    BLOB NOT NULL,
  PRIMARY KEY (monitor, minute_ms, version, role)
);
CREATE TABLE monitor_windows (
  monitor   TEXT NOT NULL REFERENCES monitors (name),
  from_ms   BIGINT NOT NULL,
  to_ms     BIGINT NOT NULL,
  version   BIGINT NOT NULL,
  row_count BIGINT NOT NULL,
  body      TEXT NOT NULL,
  PRIMARY KEY (monitor, from_ms)
);
CREATE TABLE monitor_quality (
  monitor  TEXT NOT NULL REFERENCES monitors (name),
  from_ms  BIGINT NOT NULL,
  version  BIGINT NOT NULL,
  labelled BIGINT NOT NULL,
  sketch   BLOB NOT NULL,
  PRIMARY KEY (monitor, from_ms, version)
);
CREATE TABLE label_batches (
  endpoint   TEXT NOT NULL,
  batch_key  TEXT NOT NULL,
  seq        BIGINT NOT NULL,
  row_count  BIGINT NOT NULL,
  at_ms      BIGINT NOT NULL,
  matched    BIGINT NOT NULL,
  sealed_upto BIGINT NOT NULL,
  PRIMARY KEY (endpoint, batch_key)
);
CREATE TABLE monitor_rules (
  monitor   TEXT NOT NULL REFERENCES monitors (name),
  rule      TEXT NOT NULL,
  judged_to BIGINT NOT NULL,
  state     TEXT NOT NULL,
  recent    TEXT NOT NULL,
  onset_ms  BIGINT NOT NULL,
  value     DOUBLE PRECISION,
  n         BIGINT NOT NULL,
  alert     TEXT NOT NULL,
  PRIMARY KEY (monitor, rule)
);
CREATE TABLE alerts (
  id           TEXT PRIMARY KEY,
  monitor      TEXT NOT NULL,
  rule         TEXT NOT NULL,
  state        TEXT NOT NULL,
  severity     TEXT NOT NULL,
  metric       TEXT NOT NULL,
  column_name  TEXT NOT NULL,
  onset_ms     BIGINT NOT NULL,
  opened_ms    BIGINT NOT NULL,
  resolved_ms  BIGINT NOT NULL,
  value        DOUBLE PRECISION NOT NULL,
  limit_value  DOUBLE PRECISION NOT NULL,
  n            BIGINT NOT NULL,
  version      BIGINT NOT NULL,
  acknowledged INTEGER NOT NULL
);
CREATE INDEX alerts_by_monitor ON alerts (monitor, opened_ms);

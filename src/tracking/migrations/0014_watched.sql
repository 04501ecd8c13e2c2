-- Metrics that somebody wants to hear of; experiment -1: of all.
CREATE TABLE metric_watches (
  owner         TEXT NOT NULL,
  experiment_id BIGINT NOT NULL,
  pattern       TEXT NOT NULL,
  PRIMARY KEY (owner, experiment_id, pattern)
);
CREATE TABLE metric_watch_revisions (
  name TEXT PRIMARY KEY,
  rev  BIGINT NOT NULL
);
-- Their points, until they were heard.
CREATE TABLE watched_points (
  number BIGINT PRIMARY KEY,
  run_id TEXT NOT NULL,
  at_ms  BIGINT NOT NULL,
  body   BLOB NOT NULL
);

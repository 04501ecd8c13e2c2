CREATE TABLE endpoints (
  name       TEXT PRIMARY KEY,
  definition TEXT NOT NULL,
  created_ms BIGINT NOT NULL,
  project    TEXT NOT NULL DEFAULT 'default'
);
CREATE TABLE endpoint_revisions (
  endpoint TEXT NOT NULL REFERENCES endpoints (name),
  revision BIGINT NOT NULL,
  routes   TEXT NOT NULL,
  reason   TEXT NOT NULL,
  actor    TEXT NOT NULL,
  at_ms    BIGINT NOT NULL,
  PRIMARY KEY (endpoint, revision)
);
CREATE TABLE endpoint_counters (
  endpoint TEXT PRIMARY KEY REFERENCES endpoints (name),
  body     TEXT NOT NULL
);

CREATE TABLE policies (
  name        TEXT PRIMARY KEY,
  definition  TEXT NOT NULL,
  paused      INTEGER NOT NULL,
  created_ms  BIGINT NOT NULL,
  scheduled_ms BIGINT NOT NULL,
  project     TEXT NOT NULL DEFAULT 'default'
);
CREATE TABLE policy_cases (
  id        TEXT PRIMARY KEY,
  policy    TEXT NOT NULL REFERENCES policies (name),
  opened_ms BIGINT NOT NULL,
  closed_ms BIGINT NOT NULL,
  body      TEXT NOT NULL
);
CREATE INDEX policy_cases_by_policy ON policy_cases (policy, opened_ms);
CREATE TABLE decisions (
  id      TEXT PRIMARY KEY,
  policy  TEXT NOT NULL,
  case_id TEXT NOT NULL,
  at_ms   BIGINT NOT NULL,
  verdict TEXT NOT NULL,
  body    TEXT NOT NULL
);
CREATE INDEX decisions_by_policy ON decisions (policy, at_ms);

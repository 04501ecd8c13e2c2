-- How often the points of a run were moved away from under it: what is remembered of its series is then not used.
ALTER TABLE runs ADD COLUMN rewinds BIGINT NOT NULL DEFAULT 0;
-- Points on their way from one run to another: up to a step, key after key, so that a crash goes on where it was.
CREATE TABLE run_copies (
  run_id     TEXT PRIMARY KEY REFERENCES runs (id),
  source_id  TEXT NOT NULL,
  step       BIGINT NOT NULL,
  fraction   DOUBLE PRECISION NOT NULL,
  state      TEXT NOT NULL,
  key        TEXT NOT NULL,
  position   BIGINT NOT NULL,
  points     BIGINT NOT NULL,
  created_ms BIGINT NOT NULL,
  trouble    TEXT NOT NULL
);
CREATE INDEX run_copies_under_way ON run_copies (created_ms, run_id) WHERE state = 'copying';
CREATE INDEX run_copies_by_source ON run_copies (source_id) WHERE state = 'copying';

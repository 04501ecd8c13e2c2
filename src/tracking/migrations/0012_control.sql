-- What somebody asked of a run that goes on: to stop. `rev` grows with each change, so that who polls need not compare.
CREATE TABLE run_stops (
  run_id   TEXT PRIMARY KEY REFERENCES runs (id),
  standing INTEGER NOT NULL,
  asked_ms BIGINT NOT NULL,
  asked_by TEXT NOT NULL,
  reason   TEXT NOT NULL,
  rev      BIGINT NOT NULL
);
-- Runs that said how often they would be heard of. No due_ms: nobody waits for it.
CREATE TABLE run_beats (
  run_id    TEXT PRIMARY KEY REFERENCES runs (id),
  every_ms  BIGINT NOT NULL,
  last_ms   BIGINT NOT NULL,
  due_ms    BIGINT,
  silent_ms BIGINT
);
CREATE INDEX run_beats_due ON run_beats (due_ms) WHERE due_ms IS NOT NULL;
-- Default views leave archived runs out: of many runs few are, or many; either way each is looked up here.
CREATE INDEX run_tags_archived ON run_tags (run_id) WHERE key = 'gyre.archived';

-- How much of each writer's stream a run has taken.
CREATE TABLE run_sources (
  run_id   TEXT NOT NULL,
  source   TEXT NOT NULL,
  position BIGINT NOT NULL,
  seen_ms  BIGINT NOT NULL,
  PRIMARY KEY (run_id, source)
);

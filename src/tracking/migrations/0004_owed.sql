CREATE TABLE metric_owed (
  run_id TEXT NOT NULL,
  number BIGINT NOT NULL,
  PRIMARY KEY (run_id, number)
);

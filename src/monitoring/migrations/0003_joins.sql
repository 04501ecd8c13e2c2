CREATE TABLE monitor_joins (
  monitor  TEXT NOT NULL REFERENCES monitors (name),
  seq      BIGINT NOT NULL,
  matched  BIGINT NOT NULL,
  tried_to BIGINT NOT NULL,
  PRIMARY KEY (monitor, seq)
);
ALTER TABLE label_batches ADD COLUMN corrects INTEGER NOT NULL DEFAULT 0;
ALTER TABLE monitors ADD COLUMN announced_to BIGINT NOT NULL DEFAULT 0;
UPDATE monitors SET announced_to = closed_to;

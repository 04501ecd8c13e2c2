CREATE TABLE metric_ids (
  name TEXT PRIMARY KEY,
  next BIGINT NOT NULL
);
INSERT INTO metric_ids (name, next) SELECT 'series', COALESCE(MAX(id), 0) + 1 FROM metric_series;
CREATE TABLE metric_tail (
  run_id TEXT NOT NULL,
  number BIGINT NOT NULL,
  points BIGINT NOT NULL,
  body   BLOB NOT NULL,
  PRIMARY KEY (run_id, number)
);
CREATE TABLE metric_sheets (
  series_id BIGINT NOT NULL,
  number    BIGINT NOT NULL,
  revision  BIGINT NOT NULL,
  points    BIGINT NOT NULL,
  body      BLOB NOT NULL,
  PRIMARY KEY (series_id, number)
);
CREATE TABLE metric_chunks (
  series_id BIGINT NOT NULL,
  number    BIGINT NOT NULL,
  body      BLOB NOT NULL,
  PRIMARY KEY (series_id, number)
);

CREATE TABLE run_consoles (
  run_id     TEXT PRIMARY KEY,
  bytes      BIGINT NOT NULL,
  lines      BIGINT NOT NULL,
  dropped    BIGINT NOT NULL,
  changed_ms BIGINT NOT NULL
);
-- A piece without a body is an object in the store.
CREATE TABLE run_console_pieces (
  run_id    TEXT NOT NULL,
  at_offset BIGINT NOT NULL,
  bytes     BIGINT NOT NULL,
  lines     BIGINT NOT NULL,
  body      BLOB,
  PRIMARY KEY (run_id, at_offset)
);

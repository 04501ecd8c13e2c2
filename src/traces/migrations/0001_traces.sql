CREATE TABLE traces (
  id                TEXT PRIMARY KEY,
  experiment_id     BIGINT NOT NULL,
  start_ms          BIGINT NOT NULL,
  duration_ms       BIGINT,
  state             TEXT NOT NULL,
  client_request_id TEXT,
  request_preview   TEXT,
  response_preview  TEXT,
  finished          INTEGER NOT NULL
);
CREATE INDEX traces_by_time ON traces (experiment_id, start_ms, id);
CREATE TABLE trace_tags (
  trace_id TEXT NOT NULL REFERENCES traces (id) ON DELETE CASCADE,
  key      TEXT NOT NULL,
  value    TEXT NOT NULL,
  PRIMARY KEY (trace_id, key)
);
CREATE TABLE trace_metadata (
  trace_id TEXT NOT NULL REFERENCES traces (id) ON DELETE CASCADE,
  key      TEXT NOT NULL,
  value    TEXT NOT NULL,
  PRIMARY KEY (trace_id, key)
);
CREATE TABLE spans (
  trace_id      TEXT NOT NULL REFERENCES traces (id) ON DELETE CASCADE,
  span_id       TEXT NOT NULL,
  parent_id     TEXT,
  name          TEXT NOT NULL,
  type          TEXT NOT NULL,
  status        TEXT NOT NULL,
  start_ns      BIGINT NOT NULL,
  end_ns        BIGINT,
  input_tokens  BIGINT,
  output_tokens BIGINT,
  total_tokens  BIGINT,
  content       TEXT NOT NULL,
  PRIMARY KEY (trace_id, span_id)
);
CREATE TABLE assessments (
  id          TEXT PRIMARY KEY,
  trace_id    TEXT NOT NULL REFERENCES traces (id) ON DELETE CASCADE,
  name        TEXT NOT NULL,
  kind        TEXT NOT NULL,
  value       TEXT NOT NULL,
  number      DOUBLE PRECISION,
  error       TEXT,
  created_ms  BIGINT NOT NULL,
  updated_ms  BIGINT NOT NULL,
  source_type TEXT NOT NULL,
  source_id   TEXT NOT NULL,
  run_id      TEXT,
  span_id     TEXT,
  rationale   TEXT,
  overrides   TEXT,
  valid       INTEGER NOT NULL,
  metadata    TEXT
);
CREATE INDEX assessments_by_trace ON assessments (trace_id, name);
CREATE TABLE trace_links (
  trace_id TEXT NOT NULL REFERENCES traces (id) ON DELETE CASCADE,
  kind     TEXT NOT NULL,
  target   TEXT NOT NULL,
  PRIMARY KEY (trace_id, kind, target)
);
CREATE INDEX trace_links_by_target ON trace_links (kind, target);

CREATE TABLE endpoint_traffic (
  endpoint  TEXT NOT NULL REFERENCES endpoints (name),
  span_ms   BIGINT NOT NULL,
  from_ms   BIGINT NOT NULL,
  version   BIGINT NOT NULL,
  role      TEXT NOT NULL,
  requests  BIGINT NOT NULL,
  row_count BIGINT NOT NULL,
  errors    BIGINT NOT NULL,
  latency   TEXT NOT NULL,
  PRIMARY KEY (endpoint, span_ms, from_ms, version, role)
);
CREATE TABLE model_signatures (
  model   TEXT NOT NULL,
  version BIGINT NOT NULL,
  ports   TEXT NOT NULL,
  PRIMARY KEY (model, version)
);

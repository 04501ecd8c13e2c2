CREATE TABLE graph_nodes (
  urn        TEXT PRIMARY KEY,
  kind       TEXT NOT NULL,
  name       TEXT NOT NULL,
  at_ms      BIGINT NOT NULL,
  attributes TEXT NOT NULL
);
CREATE INDEX graph_nodes_by_name ON graph_nodes (name);
CREATE TABLE graph_edges (
  cause    TEXT NOT NULL,
  effect   TEXT NOT NULL,
  relation TEXT NOT NULL,
  at_ms    BIGINT NOT NULL,
  PRIMARY KEY (cause, effect, relation)
);
CREATE INDEX graph_edges_by_effect ON graph_edges (effect);
CREATE TABLE audit_log (
  seq     BIGINT PRIMARY KEY,
  at_ms   BIGINT NOT NULL,
  actor   TEXT NOT NULL,
  action  TEXT NOT NULL,
  subject TEXT NOT NULL,
  details TEXT NOT NULL,
  hash    TEXT NOT NULL
);

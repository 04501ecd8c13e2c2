CREATE TABLE views (
  id         TEXT PRIMARY KEY,
  project    TEXT NOT NULL DEFAULT 'default',
  kind       TEXT NOT NULL,
  scope      TEXT NOT NULL,
  subject    TEXT NOT NULL,
  name       TEXT NOT NULL,
  state      TEXT NOT NULL,
  digest     TEXT NOT NULL,
  revision   BIGINT NOT NULL,
  changed_by TEXT NOT NULL,
  created_ms BIGINT NOT NULL,
  updated_ms BIGINT NOT NULL,
  deleted_ms BIGINT
);
CREATE UNIQUE INDEX views_by_name ON views (project, kind, subject, name) WHERE scope = 'shared' AND deleted_ms IS NULL;
CREATE INDEX views_by_kind ON views (project, kind, scope, updated_ms);

CREATE TABLE artifact_uploads (
  id          TEXT PRIMARY KEY,
  key         TEXT NOT NULL,
  kind        TEXT NOT NULL,
  parts       BIGINT NOT NULL,
  total_bytes BIGINT,
  sha256      TEXT NOT NULL,
  state       TEXT NOT NULL,
  bytes       BIGINT NOT NULL,
  touched_ms  BIGINT NOT NULL
);
CREATE INDEX artifact_uploads_by_age ON artifact_uploads (touched_ms);
CREATE TABLE artifact_upload_parts (
  upload_id  TEXT NOT NULL REFERENCES artifact_uploads (id) ON DELETE CASCADE,
  number     BIGINT NOT NULL,
  key        TEXT NOT NULL,
  size_bytes BIGINT NOT NULL,
  sha256     TEXT NOT NULL,
  PRIMARY KEY (upload_id, number)
);

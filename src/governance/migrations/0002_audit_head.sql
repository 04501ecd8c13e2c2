-- What the audit log ended with, kept apart from it: without it nobody misses entries that were cut off its end.
CREATE TABLE audit_head (
  id      BIGINT PRIMARY KEY,
  entries BIGINT NOT NULL,
  hash    TEXT NOT NULL
);
INSERT INTO audit_head (id, entries, hash) SELECT 1, COALESCE(MAX(seq), 0), COALESCE((SELECT hash FROM audit_log ORDER BY seq DESC LIMIT 1), '') FROM audit_log;

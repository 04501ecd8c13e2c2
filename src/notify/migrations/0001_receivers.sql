-- Where word goes. The address is sealed as a secret is: of many receivers it is one.
CREATE TABLE notice_receivers (
  name       TEXT PRIMARY KEY,
  kind       TEXT NOT NULL,
  body       TEXT NOT NULL,
  url        TEXT NOT NULL,
  secret     TEXT,
  enabled    INTEGER NOT NULL,
  created_ms BIGINT NOT NULL,
  updated_ms BIGINT NOT NULL,
  next_ms    BIGINT NOT NULL
);
CREATE TABLE notices (
  id         TEXT PRIMARY KEY,
  receiver   TEXT NOT NULL REFERENCES notice_receivers (name) ON DELETE CASCADE,
  matter     TEXT NOT NULL,
  body       TEXT NOT NULL,
  state      TEXT NOT NULL,
  attempts   BIGINT NOT NULL,
  created_ms BIGINT NOT NULL,
  due_ms     BIGINT NOT NULL,
  trouble    TEXT NOT NULL
);
CREATE INDEX notices_waiting ON notices (receiver, due_ms, id) WHERE state = 'waiting';
CREATE INDEX notices_settled ON notices (due_ms) WHERE state <> 'waiting';

CREATE TABLE webhooks (
  id          TEXT PRIMARY KEY,
  name        TEXT NOT NULL,
  description TEXT NOT NULL,
  url         TEXT NOT NULL,
  status      TEXT NOT NULL,
  secret      TEXT,
  created_ms  BIGINT NOT NULL,
  updated_ms  BIGINT NOT NULL,
  deleted     INTEGER NOT NULL
);
CREATE TABLE webhook_events (
  webhook_id TEXT NOT NULL REFERENCES webhooks (id) ON DELETE CASCADE,
  entity     TEXT NOT NULL,
  action     TEXT NOT NULL,
  PRIMARY KEY (webhook_id, entity, action)
);
CREATE INDEX webhook_events_by_name ON webhook_events (entity, action);
CREATE TABLE webhook_deliveries (
  id          TEXT PRIMARY KEY,
  webhook_id  TEXT NOT NULL REFERENCES webhooks (id) ON DELETE CASCADE,
  event_seq   BIGINT NOT NULL,
  entity      TEXT NOT NULL,
  action      TEXT NOT NULL,
  body        TEXT NOT NULL,
  state       TEXT NOT NULL,
  attempts    BIGINT NOT NULL,
  created_ms  BIGINT NOT NULL,
  due_ms      BIGINT NOT NULL,
  answered    BIGINT,
  trouble     TEXT NOT NULL,
  UNIQUE (webhook_id, event_seq)
);
CREATE INDEX webhook_deliveries_due ON webhook_deliveries (state, due_ms);

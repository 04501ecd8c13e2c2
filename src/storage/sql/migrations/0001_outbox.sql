CREATE TABLE outbox_events (
  seq     BIGINT PRIMARY KEY,
  at_ms   BIGINT NOT NULL,
  topic   TEXT NOT NULL,
  subject TEXT NOT NULL,
  payload TEXT NOT NULL
);
CREATE TABLE outbox_positions (
  subscriber TEXT PRIMARY KEY,
  seq        BIGINT NOT NULL
);
CREATE TABLE outbox_counter (
  one  INTEGER PRIMARY KEY,
  last BIGINT NOT NULL
);
INSERT INTO outbox_counter (one, last) VALUES (1, 0);

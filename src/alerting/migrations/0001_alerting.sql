CREATE TABLE run_alert_rules (
  name       TEXT PRIMARY KEY,
  body       TEXT NOT NULL,
  changed_ms BIGINT NOT NULL
);
-- What a rule remembers of one metric of one run.
CREATE TABLE run_alert_states (
  rule    TEXT NOT NULL,
  run_id  TEXT NOT NULL,
  metric  TEXT NOT NULL,
  body    TEXT NOT NULL,
  due_ms  BIGINT,
  PRIMARY KEY (rule, run_id, metric)
);
CREATE INDEX run_alert_states_by_run ON run_alert_states (run_id);
CREATE INDEX run_alert_states_due ON run_alert_states (due_ms) WHERE due_ms IS NOT NULL;
CREATE TABLE run_alerts (
  id              TEXT PRIMARY KEY,
  rule            TEXT NOT NULL,
  kind            TEXT NOT NULL,
  experiment_id   BIGINT NOT NULL,
  run_id          TEXT NOT NULL,
  run_name        TEXT NOT NULL,
  metric          TEXT NOT NULL,
  severity        TEXT NOT NULL,
  state           TEXT NOT NULL,
  evidence        TEXT NOT NULL,
  opened_ms       BIGINT NOT NULL,
  resolved_ms     BIGINT NOT NULL,
  resolved_why    TEXT NOT NULL,
  acknowledged_ms BIGINT NOT NULL,
  acknowledged_by TEXT NOT NULL
);
CREATE INDEX run_alerts_by_time ON run_alerts (state, opened_ms, id);
CREATE INDEX run_alerts_by_run ON run_alerts (run_id, opened_ms);
CREATE UNIQUE INDEX run_alerts_open ON run_alerts (rule, run_id, metric) WHERE state = 'open';

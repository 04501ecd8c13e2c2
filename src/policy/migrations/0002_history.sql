ALTER TABLE decisions ADD COLUMN candidate BIGINT NOT NULL DEFAULT 0;
CREATE INDEX decisions_by_case ON decisions (case_id, at_ms);
CREATE INDEX decisions_by_candidate ON decisions (policy, candidate);
CREATE TABLE case_alerts (
  alert   TEXT NOT NULL,
  case_id TEXT NOT NULL REFERENCES policy_cases (id),
  PRIMARY KEY (alert, case_id)
);
CREATE UNIQUE INDEX policy_cases_one_open ON policy_cases (policy) WHERE closed_ms = 0;

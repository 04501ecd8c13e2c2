ALTER TABLE step_runs ADD COLUMN lost BIGINT NOT NULL DEFAULT 0;
ALTER TABLE step_runs ADD COLUMN inputs TEXT NOT NULL DEFAULT '{}';
CREATE INDEX step_runs_by_job ON step_runs (job);

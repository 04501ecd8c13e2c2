ALTER TABLE pipeline_runs ADD COLUMN machine_created_ms BIGINT NOT NULL DEFAULT 0;
ALTER TABLE pipeline_runs ADD COLUMN machine_finished_ms BIGINT NOT NULL DEFAULT 0;
ALTER TABLE step_runs ADD COLUMN machine_started_ms BIGINT NOT NULL DEFAULT 0;
ALTER TABLE step_runs ADD COLUMN machine_finished_ms BIGINT NOT NULL DEFAULT 0;
ALTER TABLE step_runs ADD COLUMN ending TEXT NOT NULL DEFAULT '';
CREATE INDEX pipeline_runs_by_time ON pipeline_runs (created_ms, id);
CREATE INDEX pipeline_runs_by_commit ON pipeline_runs (data_commit);

CREATE INDEX dataset_commits_by_time ON dataset_commits (project, at_ms);

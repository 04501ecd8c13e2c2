-- Nobody read it.
ALTER TABLE retention_quotas DROP COLUMN exceeded;

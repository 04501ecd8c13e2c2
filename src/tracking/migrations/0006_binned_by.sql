-- The rule that put a run into the bin, so that what it took can come back together.
ALTER TABLE runs ADD COLUMN binned_by TEXT;

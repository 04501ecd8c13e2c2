-- A step may lie between whole numbers.
ALTER TABLE metric_series ADD COLUMN latest_fraction DOUBLE PRECISION NOT NULL DEFAULT 0.0;

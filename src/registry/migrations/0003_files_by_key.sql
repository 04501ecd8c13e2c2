CREATE INDEX model_version_files_by_key ON model_version_files (blob_key);

CREATE TABLE dataset_repos (
  project     TEXT NOT NULL,
  name        TEXT NOT NULL,
  description TEXT NOT NULL,
  created_ms  BIGINT NOT NULL,
  PRIMARY KEY (project, name)
);
CREATE TABLE dataset_commits (
  project    TEXT NOT NULL,
  repo       TEXT NOT NULL,
  id         TEXT NOT NULL,
  parent     TEXT NOT NULL,
  tree       TEXT NOT NULL,
  message    TEXT NOT NULL,
  author     TEXT NOT NULL,
  at_ms      BIGINT NOT NULL,
  metadata   TEXT NOT NULL,
  number     BIGINT NOT NULL,
  added      BIGINT NOT NULL,
  changed    BIGINT NOT NULL,
  removed    BIGINT NOT NULL,
  row_count  BIGINT,
  objects    BIGINT NOT NULL,
  size_bytes BIGINT NOT NULL,
  PRIMARY KEY (project, repo, id),
  FOREIGN KEY (project, repo) REFERENCES dataset_repos (project, name)
);
CREATE TABLE dataset_refs (
  project    TEXT NOT NULL,
  repo       TEXT NOT NULL,
  name       TEXT NOT NULL,
  is_tag     INTEGER NOT NULL,
  commit_id  TEXT NOT NULL,
  changed_ms BIGINT NOT NULL,
  PRIMARY KEY (project, repo, name),
  FOREIGN KEY (project, repo, commit_id) REFERENCES dataset_commits (project, repo, id)
);
CREATE TABLE dataset_commit_keys (
  project   TEXT NOT NULL,
  repo      TEXT NOT NULL,
  key       TEXT NOT NULL,
  request   TEXT NOT NULL,
  commit_id TEXT NOT NULL,
  PRIMARY KEY (project, repo, key),
  FOREIGN KEY (project, repo, commit_id) REFERENCES dataset_commits (project, repo, id)
);
CREATE TABLE dataset_shapes (
  sha256    TEXT NOT NULL,
  format    TEXT NOT NULL,
  row_count BIGINT NOT NULL,
  columns   TEXT NOT NULL,
  PRIMARY KEY (sha256, format)
);

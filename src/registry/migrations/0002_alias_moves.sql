CREATE TABLE model_alias_moves (
  model   TEXT NOT NULL,
  alias   TEXT NOT NULL,
  seq     BIGINT NOT NULL,
  version BIGINT NOT NULL,
  at_ms   BIGINT NOT NULL,
  actor   TEXT NOT NULL,
  PRIMARY KEY (model, alias, seq)
);

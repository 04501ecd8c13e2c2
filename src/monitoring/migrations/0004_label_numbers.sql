CREATE TABLE label_numbers (
  endpoint TEXT PRIMARY KEY,
  last     BIGINT NOT NULL
);
INSERT INTO label_numbers (endpoint, last) SELECT endpoint, MAX(seq) FROM label_batches GROUP BY endpoint;
CREATE UNIQUE INDEX label_batches_by_seq ON label_batches (endpoint, seq);

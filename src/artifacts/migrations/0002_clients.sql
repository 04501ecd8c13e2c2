ALTER TABLE artifact_uploads ADD COLUMN sha512 TEXT NOT NULL DEFAULT '';
-- Who began it: an address, of IPv6 its network.
ALTER TABLE artifact_uploads ADD COLUMN client TEXT NOT NULL DEFAULT '';

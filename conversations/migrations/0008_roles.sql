-- Who is an agent by an admin's word, and who is in a group on a platform that gives a role.

ALTER TABLE people ADD COLUMN agent INTEGER NOT NULL DEFAULT 0 CHECK (agent IN (0, 1));

CREATE TABLE group_members (
  group_id TEXT NOT NULL,
  person TEXT NOT NULL,
  PRIMARY KEY (group_id, person)
) STRICT, WITHOUT ROWID;

-- The same screenshot from many customers.

CREATE TABLE incidents (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  hash TEXT NOT NULL,  -- perceptual
  codes TEXT NOT NULL,  -- error codes, separated by blanks
  at REAL NOT NULL,
  answered INTEGER NOT NULL DEFAULT 0  -- up to this turn, agents have answered those who sent it
) STRICT;

-- A customer's turn that showed it, once for each picture.
CREATE TABLE sightings (
  turn_id INTEGER NOT NULL REFERENCES turns ON DELETE CASCADE,
  sha256 TEXT NOT NULL,
  incident_id INTEGER NOT NULL REFERENCES incidents ON DELETE CASCADE,
  PRIMARY KEY (turn_id, sha256)
) STRICT, WITHOUT ROWID;
CREATE INDEX sightings_by_incident ON sightings (incident_id);

-- What agents were told of it, a row for each of their places.
CREATE TABLE notices (
  incident_id INTEGER NOT NULL REFERENCES incidents ON DELETE CASCADE,
  platform TEXT NOT NULL,
  account TEXT NOT NULL,
  chat TEXT NOT NULL,
  outbox_id INTEGER NOT NULL,
  told INTEGER NOT NULL,  -- customers
  PRIMARY KEY (incident_id, platform, account, chat)
) STRICT, WITHOUT ROWID;
CREATE INDEX notices_by_message ON notices (outbox_id);

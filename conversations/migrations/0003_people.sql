-- What was decided about people, what they have used, and the audit. People go by `Sender.key`.

-- Whoever was never decided about has no row. Of the limits, 0 is none, and NULL is as the settings say.
CREATE TABLE people (
  key TEXT PRIMARY KEY,
  banned INTEGER NOT NULL DEFAULT 0 CHECK (banned IN (0, 1)),
  allowed INTEGER NOT NULL DEFAULT 0 CHECK (allowed IN (0, 1)),
  messages INTEGER,  -- a day
  seconds INTEGER,  -- of the device, a day
  pictures INTEGER  -- a minute
) STRICT, WITHOUT ROWID;

-- Counts of one day (from 1970, UTC), levels of leaky buckets, and what somebody was told. One row a person.
CREATE TABLE activity (
  person TEXT PRIMARY KEY,
  day INTEGER NOT NULL DEFAULT 0,
  messages INTEGER NOT NULL DEFAULT 0,
  device_ms REAL NOT NULL DEFAULT 0,
  pace REAL NOT NULL DEFAULT 0,
  pictures REAL NOT NULL DEFAULT 0,
  at REAL NOT NULL DEFAULT 0,
  flooding INTEGER NOT NULL DEFAULT 0 CHECK (flooding IN (0, 1)),
  told TEXT,
  told_until REAL NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;

-- Why an event is not dealt with. One that was refused in silence is done at once.
ALTER TABLE inbox ADD COLUMN refusal TEXT;

-- Who did what where, and what became of it. Rows are only ever added.
CREATE TABLE audit (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  at REAL NOT NULL,
  actor TEXT NOT NULL,
  action TEXT NOT NULL,
  detail TEXT NOT NULL,
  place TEXT NOT NULL,
  outcome TEXT NOT NULL CHECK (outcome IN ('done', 'refused', 'invalid', 'failed'))
) STRICT;
CREATE TRIGGER audit_is_not_changed BEFORE UPDATE ON audit BEGIN
  SELECT RAISE(ABORT, 'the audit is only ever added to');
END;
CREATE TRIGGER audit_is_not_deleted BEFORE DELETE ON audit BEGIN
  SELECT RAISE(ABORT, 'the audit is only ever added to');
END;
-- REPLACE deletes without asking the trigger above.
CREATE TRIGGER audit_is_not_replaced BEFORE INSERT ON audit WHEN EXISTS (SELECT 1 FROM audit WHERE id = NEW.id) BEGIN
  SELECT RAISE(ABORT, 'the audit is only ever added to');
END;

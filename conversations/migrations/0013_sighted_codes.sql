-- Error codes belong to who sent them, and go with them; an incident is known by those of all.

ALTER TABLE sightings ADD COLUMN codes TEXT NOT NULL DEFAULT '';  -- separated by blanks
ALTER TABLE incidents DROP COLUMN codes;

-- Questions that were given up because the model died of them, one row of each: people may want to see to them.
ALTER TABLE inbox ADD COLUMN set_aside INTEGER NOT NULL DEFAULT 0 CHECK (set_aside IN (0, 1));
CREATE INDEX inbox_set_aside ON inbox (done_at) WHERE set_aside = 1;

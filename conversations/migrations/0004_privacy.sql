-- What was dealt with is known again by a hash of its event's id, which may name a chat or a person, and by that alone.

CREATE TABLE inbox_new (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  platform TEXT NOT NULL,
  account TEXT NOT NULL,
  event_id TEXT NOT NULL,  -- hashed
  chat_id INTEGER REFERENCES chats ON DELETE CASCADE,
  kind TEXT NOT NULL,
  payload TEXT,
  at REAL NOT NULL,
  done_at REAL,
  refusal TEXT,  -- why it is not dealt with
  UNIQUE (platform, account, event_id),
  CHECK ((payload IS NULL) = (done_at IS NOT NULL)),
  CHECK ((payload IS NULL) = (chat_id IS NULL))
) STRICT;
INSERT INTO inbox_new
  SELECT id, platform, account, hashed(event_id), iif(done_at IS NULL, chat_id, NULL), kind, payload, at, done_at,
    refusal
  FROM inbox;
DROP TABLE inbox;
ALTER TABLE inbox_new RENAME TO inbox;
CREATE INDEX inbox_undone ON inbox (chat_id) WHERE done_at IS NULL;

-- Whose private chat it is; '' for chats with several people, and for those of which it is not known.
ALTER TABLE chats ADD COLUMN person TEXT NOT NULL DEFAULT '';
CREATE INDEX chats_by_person ON chats (person) WHERE person <> '';
CREATE INDEX turns_by_sender ON turns (sender) WHERE sender <> '';
-- Notices by age; answers go with their turns.
CREATE INDEX outbox_notices ON outbox (created_at) WHERE turn_id IS NULL;

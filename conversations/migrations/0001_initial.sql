-- Times are Unix seconds. Ids that order things are AUTOINCREMENT: one that was deleted is never given out again.

PRAGMA application_id = 1280266059;  -- "LOOK"

CREATE TABLE chats (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  platform TEXT NOT NULL,
  account TEXT NOT NULL,
  chat TEXT NOT NULL,
  thread TEXT NOT NULL,
  conversation INTEGER NOT NULL DEFAULT 1,  -- the present one; a reset counts on
  answered INTEGER NOT NULL DEFAULT 0 CHECK (answered IN (0, 1)),
  UNIQUE (platform, account, chat, thread)
) STRICT;

CREATE TABLE turns (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  chat_id INTEGER NOT NULL REFERENCES chats ON DELETE CASCADE,
  conversation INTEGER NOT NULL,
  speaker TEXT NOT NULL CHECK (speaker IN ('customer', 'bot')),
  text TEXT NOT NULL,
  sender TEXT NOT NULL,
  language TEXT NOT NULL,
  superseded INTEGER NOT NULL DEFAULT 0 CHECK (superseded IN (0, 1)),
  at REAL NOT NULL
) STRICT;
CREATE INDEX turns_by_chat ON turns (chat_id, conversation);
CREATE INDEX turns_by_time ON turns (at);

-- The platform's ids of the customer's messages that a turn is made of. An edited message belongs to several turns.
CREATE TABLE turn_messages (
  turn_id INTEGER NOT NULL REFERENCES turns ON DELETE CASCADE,
  position INTEGER NOT NULL,
  chat_id INTEGER NOT NULL REFERENCES chats ON DELETE CASCADE,
  message_id TEXT NOT NULL,
  PRIMARY KEY (turn_id, position)
) STRICT, WITHOUT ROWID;
CREATE INDEX turn_messages_by_message ON turn_messages (chat_id, message_id, turn_id);

CREATE TABLE images (
  sha256 TEXT NOT NULL UNIQUE,
  width INTEGER NOT NULL,
  height INTEGER NOT NULL,
  media_type TEXT NOT NULL,
  data BLOB NOT NULL
) STRICT;

CREATE TABLE turn_images (
  turn_id INTEGER NOT NULL REFERENCES turns ON DELETE CASCADE,
  position INTEGER NOT NULL,
  sha256 TEXT NOT NULL REFERENCES images (sha256),
  PRIMARY KEY (turn_id, position)
) STRICT, WITHOUT ROWID;
CREATE INDEX turn_images_by_image ON turn_images (sha256);

-- What an answer took.
CREATE TABLE usage (
  turn_id INTEGER PRIMARY KEY REFERENCES turns ON DELETE CASCADE,
  model TEXT NOT NULL,
  prompt_version TEXT NOT NULL,
  finish TEXT NOT NULL,
  prompt_tokens INTEGER NOT NULL,
  image_tokens INTEGER NOT NULL,
  cached_tokens INTEGER NOT NULL,
  answer_tokens INTEGER NOT NULL,
  waiting_ms REAL NOT NULL,
  encode_ms REAL NOT NULL,
  prefill_ms REAL NOT NULL,
  first_token_ms REAL NOT NULL,
  decode_ms REAL NOT NULL,
  total_ms REAL NOT NULL
) STRICT;

CREATE TABLE feedback (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  turn_id INTEGER NOT NULL REFERENCES turns ON DELETE CASCADE,
  sender TEXT NOT NULL,
  rating INTEGER NOT NULL CHECK (rating IN (-1, 1)),
  at REAL NOT NULL,
  UNIQUE (turn_id, sender)
) STRICT;
CREATE INDEX feedback_by_time ON feedback (at);

-- A row stays for ever, so that its event is never taken twice. What it held goes as soon as it is dealt with.
CREATE TABLE inbox (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  platform TEXT NOT NULL,
  account TEXT NOT NULL,
  event_id TEXT NOT NULL,
  chat_id INTEGER NOT NULL REFERENCES chats ON DELETE CASCADE,
  kind TEXT NOT NULL,
  payload TEXT,
  at REAL NOT NULL,
  done_at REAL,
  UNIQUE (platform, account, event_id),
  CHECK ((payload IS NULL) = (done_at IS NOT NULL))
) STRICT;
CREATE INDEX inbox_undone ON inbox (chat_id) WHERE done_at IS NULL;

CREATE TABLE inbox_files (
  inbox_id INTEGER NOT NULL REFERENCES inbox ON DELETE CASCADE,
  position INTEGER NOT NULL,
  data BLOB NOT NULL,
  PRIMARY KEY (inbox_id, position)
) STRICT;

CREATE TABLE outbox (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  chat_id INTEGER NOT NULL REFERENCES chats ON DELETE CASCADE,
  conversation INTEGER NOT NULL,
  after_turn INTEGER NOT NULL,  -- newest turn of all when the row was made: its place among the turns, no reference
  turn_id INTEGER REFERENCES turns ON DELETE CASCADE,  -- the answer it is a part of; NULL for a notice
  payload TEXT NOT NULL,
  slot TEXT NOT NULL,
  state TEXT NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'sending', 'sent', 'ambiguous', 'failed')),
  attempts INTEGER NOT NULL DEFAULT 0,
  message_id TEXT,
  error TEXT NOT NULL DEFAULT '',
  superseded INTEGER NOT NULL DEFAULT 0 CHECK (superseded IN (0, 1)),
  created_at REAL NOT NULL,
  changed_at REAL NOT NULL
) STRICT;
CREATE INDEX outbox_by_chat ON outbox (chat_id, conversation);
CREATE INDEX outbox_by_turn ON outbox (turn_id) WHERE turn_id IS NOT NULL;
CREATE INDEX outbox_by_message ON outbox (chat_id, message_id) WHERE message_id IS NOT NULL;
CREATE INDEX outbox_unsent ON outbox (state, chat_id) WHERE state <> 'sent';

-- The support desk: cases, their logs, the agents' rooms, and what is shown there.

-- Who of the desk said a turn of the bot's side; '' for the bot itself.
ALTER TABLE turns ADD COLUMN agent TEXT NOT NULL DEFAULT '';  -- a person's key
ALTER TABLE turns ADD COLUMN author TEXT NOT NULL DEFAULT '';  -- their name
-- Prompts do not show it: the model died of it. Agents see it.
ALTER TABLE turns ADD COLUMN withheld INTEGER NOT NULL DEFAULT 0 CHECK (withheld IN (0, 1));
CREATE INDEX turns_by_agent ON turns (agent) WHERE agent <> '';

-- A message that replaces, or removes, an earlier one, which may be gone by now: no reference.
ALTER TABLE outbox ADD COLUMN replaces INTEGER;
ALTER TABLE outbox ADD COLUMN removes INTEGER NOT NULL DEFAULT 0 CHECK (removes IN (0, 1));
-- It had to be sent as a new message, since what it was to replace is gone from its platform.
ALTER TABLE outbox ADD COLUMN detached INTEGER NOT NULL DEFAULT 0 CHECK (detached IN (0, 1));
-- Its payload is not kept once it has arrived.
ALTER TABLE outbox ADD COLUMN fleeting INTEGER NOT NULL DEFAULT 0 CHECK (fleeting IN (0, 1));
CREATE INDEX outbox_replacing ON outbox (replaces) WHERE replaces IS NOT NULL;

ALTER TABLE feedback ADD COLUMN reason TEXT NOT NULL DEFAULT '';

-- A conversation that was handed over; one that never was has no row.
CREATE TABLE cases (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  chat_id INTEGER NOT NULL REFERENCES chats ON DELETE CASCADE,
  conversation INTEGER NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('bot', 'waiting', 'human', 'closed')),
  cause TEXT NOT NULL,
  customer TEXT NOT NULL,
  customer_name TEXT NOT NULL,
  language TEXT NOT NULL,
  agent TEXT NOT NULL,
  agent_name TEXT NOT NULL,
  opened_at REAL NOT NULL,
  since REAL NOT NULL,
  taken_at REAL,  -- for the first time
  satisfaction INTEGER NOT NULL DEFAULT 0 CHECK (satisfaction BETWEEN 0 AND 5),
  summary TEXT NOT NULL DEFAULT '',
  UNIQUE (chat_id, conversation)
) STRICT;
CREATE INDEX cases_by_state ON cases (state, since);
CREATE INDEX cases_by_customer ON cases (customer);
CREATE INDEX cases_by_taking ON cases (taken_at) WHERE taken_at IS NOT NULL;
CREATE INDEX cases_by_agent ON cases (agent) WHERE agent <> '';

-- What happened in a case, in order. A turn may be gone by now: no reference.
CREATE TABLE case_log (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  case_id INTEGER NOT NULL REFERENCES cases ON DELETE CASCADE,
  kind TEXT NOT NULL,
  turn_id INTEGER NOT NULL,  -- 0 for none
  actor TEXT NOT NULL,
  actor_name TEXT NOT NULL,
  text TEXT NOT NULL,
  at REAL NOT NULL
) STRICT;
CREATE INDEX case_log_by_case ON case_log (case_id);
CREATE INDEX case_log_by_turn ON case_log (turn_id) WHERE turn_id > 0;
CREATE INDEX case_log_by_actor ON case_log (actor) WHERE actor <> '';
CREATE INDEX case_log_by_time ON case_log (at);

-- Where agents see a case. `thread` is '' until what opens the room is there.
CREATE TABLE rooms (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  case_id INTEGER NOT NULL REFERENCES cases ON DELETE CASCADE,
  platform TEXT NOT NULL,
  account TEXT NOT NULL,
  chat TEXT NOT NULL,
  thread TEXT NOT NULL DEFAULT '',
  opening INTEGER NOT NULL,  -- outbox ids
  card INTEGER NOT NULL,
  seen INTEGER NOT NULL,  -- an id of the log
  behind INTEGER NOT NULL DEFAULT 1 CHECK (behind IN (0, 1)),
  gone INTEGER NOT NULL DEFAULT 0 CHECK (gone IN (0, 1))
) STRICT;
CREATE UNIQUE INDEX rooms_by_case ON rooms (case_id, platform, account, chat) WHERE gone = 0;
CREATE INDEX rooms_of_case ON rooms (case_id);
CREATE INDEX rooms_by_place ON rooms (chat, thread);
CREATE INDEX rooms_by_opening ON rooms (opening);
CREATE INDEX rooms_behind ON rooms (platform, account, chat) WHERE behind = 1 AND gone = 0;

-- Messages in a room, and what they show.
CREATE TABLE copies (
  outbox_id INTEGER PRIMARY KEY REFERENCES outbox ON DELETE CASCADE,
  room_id INTEGER NOT NULL REFERENCES rooms ON DELETE CASCADE,
  entry_id INTEGER NOT NULL,
  turn_id INTEGER NOT NULL  -- 0 for none
) STRICT;
CREATE INDEX copies_by_turn ON copies (turn_id, room_id);
CREATE INDEX copies_by_room ON copies (room_id);

-- A conversation's pictures have numbers, which stay; a question can be about earlier ones.

ALTER TABLE turn_images ADD COLUMN number INTEGER NOT NULL DEFAULT 0;  -- within the conversation, from 1
-- 'sent' with the turn; 'again': an earlier one, shown once more; 'meant': an earlier one that is in view
ALTER TABLE turn_images ADD COLUMN role TEXT NOT NULL DEFAULT 'sent' CHECK (role IN ('sent', 'again', 'meant'));

UPDATE turn_images SET number = numbered.number FROM (
  SELECT turn_id, position, dense_rank() OVER (PARTITION BY chat_id, conversation ORDER BY first) AS number FROM (
    SELECT turn_id, position, chat_id, conversation,
      min(turn_id * 1000 + position) OVER (PARTITION BY chat_id, conversation, sha256) AS first
    FROM turn_images JOIN turns ON turns.id = turn_id WHERE superseded = 0
  )
) AS numbered WHERE numbered.turn_id = turn_images.turn_id AND numbered.position = turn_images.position;

-- What is on a picture, in a few words; '' if nothing could be said. Ids give the order in which they were made.
CREATE TABLE descriptions (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  turn_id INTEGER NOT NULL,
  position INTEGER NOT NULL,
  text TEXT NOT NULL,
  UNIQUE (turn_id, position),
  FOREIGN KEY (turn_id, position) REFERENCES turn_images ON DELETE CASCADE
) STRICT;

-- What prompts show of a chat's present conversation since it was last cut. Turns may be gone by now: no references.
CREATE TABLE views (
  chat_id INTEGER PRIMARY KEY REFERENCES chats ON DELETE CASCADE,
  first_turn INTEGER NOT NULL,
  first_pictured INTEGER NOT NULL,
  described INTEGER NOT NULL,
  language TEXT
) STRICT;

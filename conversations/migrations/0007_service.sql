-- The pause that the service is in, if it is; and who has been told of it.

CREATE TABLE pause (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  reason TEXT NOT NULL,
  since REAL NOT NULL
) STRICT;

CREATE TABLE told_of_pause (
  chat_id INTEGER PRIMARY KEY REFERENCES chats ON DELETE CASCADE
) STRICT;

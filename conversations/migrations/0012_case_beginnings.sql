-- The conversation that a case was opened in, which is another one once it was closed and opened again.

ALTER TABLE cases ADD COLUMN opened_in INTEGER NOT NULL DEFAULT 0;

UPDATE cases SET opened_in = min(conversation, coalesce((SELECT min(turns.conversation) FROM case_log JOIN turns
  ON turns.id = turn_id WHERE case_id = cases.id AND turns.chat_id = cases.chat_id), conversation));

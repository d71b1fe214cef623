-- Steps back from one system prompt to the one in use before it, which is not put to use anew by them.

ALTER TABLE prompt_uses ADD COLUMN back INTEGER NOT NULL DEFAULT 0;

-- System prompts that admins wrote, beside those in files. A scope is '' (everywhere), a platform, a channel or a chat.

CREATE TABLE prompts (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  scope TEXT NOT NULL,
  language TEXT NOT NULL,
  template TEXT NOT NULL,
  author TEXT NOT NULL,  -- a person's key
  at REAL NOT NULL
) STRICT;
CREATE INDEX prompts_by_scope ON prompts (scope, language);

-- Which version was put to use when; the newest row of a scope and language counts.
CREATE TABLE prompt_uses (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  scope TEXT NOT NULL,
  language TEXT NOT NULL,
  prompt_id INTEGER REFERENCES prompts,  -- NULL: none of this scope's, but what holds in wider ones
  actor TEXT NOT NULL,
  at REAL NOT NULL
) STRICT;
CREATE INDEX prompt_uses_by_scope ON prompt_uses (scope, language);

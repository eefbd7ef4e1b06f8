-- Configuration of this server, not facts about the project: who may call it, and which webhooks it has had.
-- No fact is written for them, replay rebuilds none of them, and a copy of the journal carries no right.

-- A token's secret is 256 random bits, so its plain digest cannot be searched for; the secret is kept nowhere.
CREATE TABLE token (
  id TEXT PRIMARY KEY,
  digest TEXT NOT NULL,
  name TEXT NOT NULL,
  scope TEXT NOT NULL,
  created_at TEXT NOT NULL,
  expires_at TEXT,
  last_used_at TEXT,
  revoked_at TEXT
) STRICT, WITHOUT ROWID;

-- Webhooks that were acted on, by the sender's id and by what they said: a signature covers only the second.
CREATE TABLE hook_delivery (
  number INTEGER PRIMARY KEY AUTOINCREMENT,
  delivery TEXT NOT NULL UNIQUE,
  body_digest TEXT NOT NULL,
  received_at TEXT NOT NULL
) STRICT;
CREATE INDEX hook_delivery_body ON hook_delivery (body_digest);

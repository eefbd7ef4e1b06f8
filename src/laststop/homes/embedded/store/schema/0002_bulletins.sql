-- What a message was rendered from, and its place in the journal; messages of before were never sent anywhere.
ALTER TABLE message ADD COLUMN story TEXT NOT NULL DEFAULT '{}';
ALTER TABLE message ADD COLUMN seq INTEGER NOT NULL DEFAULT 0;
CREATE INDEX message_seq ON message (seq);

-- Where messages are posted. What was written before `opened`, a place in the journal, is not posted there.
CREATE TABLE bulletin (
  name TEXT PRIMARY KEY,
  opened INTEGER NOT NULL,
  trouble TEXT NOT NULL DEFAULT '',
  hint TEXT NOT NULL DEFAULT '',
  trouble_at TEXT
) STRICT, WITHOUT ROWID;

-- The message of a run (`part` is empty) and its replies, as they stand at a bulletin. With `sending_at` a post
-- was begun and not recorded as ended: it may stand there without a handle.
CREATE TABLE told (
  run TEXT NOT NULL,
  bulletin TEXT NOT NULL,
  part TEXT NOT NULL,
  revision INTEGER NOT NULL DEFAULT 0,
  handle TEXT NOT NULL DEFAULT '',
  sending_at TEXT,
  sent_at TEXT,
  PRIMARY KEY (run, bulletin, part)
) STRICT, WITHOUT ROWID;

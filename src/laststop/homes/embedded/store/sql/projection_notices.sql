-- :settle_verdict final ones are written once
UPDATE verdict SET verdict = ?, reason = ?, run = ?, settled_at = ?
WHERE seq IN (SELECT value FROM json_each(?)) AND verdict IN ('pending', 'failed');
-- :write_message
INSERT INTO message (run, revision, text, written_at, story, seq) VALUES (?, ?, ?, ?, ?, ?)
ON CONFLICT (run) DO UPDATE SET revision = excluded.revision, text = excluded.text,
  written_at = excluded.written_at, story = excluded.story, seq = excluded.seq;
-- :open_bulletin
INSERT INTO bulletin (name, opened) VALUES (?, ?) ON CONFLICT (name) DO NOTHING;
-- :trouble
UPDATE bulletin SET trouble = ?, hint = ?, trouble_at = ? WHERE name = ?;
-- :sending
INSERT INTO told (run, bulletin, part, sending_at) VALUES (?, ?, ?, ?)
ON CONFLICT (run, bulletin, part) DO UPDATE SET sending_at = excluded.sending_at;
-- :sent
INSERT INTO told (run, bulletin, part, revision, handle, sent_at) VALUES (?, ?, ?, ?, ?, ?)
ON CONFLICT (run, bulletin, part) DO UPDATE SET revision = excluded.revision, handle = excluded.handle,
  sent_at = excluded.sent_at, sending_at = NULL;
-- :forget_messages
DELETE FROM message WHERE run IN (SELECT value FROM json_each(?));
-- :forget_told
DELETE FROM told WHERE run IN (SELECT value FROM json_each(?));

-- :append one fact
INSERT INTO fact (at, kind, subject, body) VALUES (?, ?, ?, ?);
-- :after facts behind a place
SELECT seq, body FROM fact WHERE seq > ? ORDER BY seq LIMIT ?;
-- :of_kind facts of a kind behind a place
SELECT seq, body FROM fact WHERE kind = ? AND seq > ? ORDER BY seq LIMIT ?;
-- :of_subject facts about one subject
SELECT seq, body FROM fact WHERE subject = ? ORDER BY seq;
-- :one a fact by its place
SELECT seq, body FROM fact WHERE seq = ?;
-- :newest the newest place
SELECT coalesce(max(seq), 0) FROM fact;
-- :cursor where a reader is
SELECT seq FROM cursor WHERE reader = ?;
-- :move_cursor a reader goes on
INSERT INTO cursor (reader, seq) VALUES (?, ?) ON CONFLICT (reader) DO UPDATE SET seq = excluded.seq;
-- :state a pipeline's live state
SELECT body FROM pipeline_state WHERE pipeline = ?;
-- :save_state a pipeline's live state
INSERT INTO pipeline_state (pipeline, body) VALUES (?, ?)
ON CONFLICT (pipeline) DO UPDATE SET body = excluded.body;
-- :compact old facts that every reader has passed
DELETE FROM fact WHERE seq IN (
  SELECT seq FROM fact WHERE seq <= (SELECT coalesce(min(seq), 0) FROM cursor) AND at < ? ORDER BY seq LIMIT ?
);
-- :readers_of_events cursors of those who are told events
SELECT reader FROM cursor WHERE reader LIKE 'events:%';
-- :forget_reader somebody who reads no more
DELETE FROM cursor WHERE reader = ?;

-- :one a version
SELECT type, phase, image FROM version WHERE algorithm = ? AND version = ?;
-- :of_algorithm everything under one name
SELECT version, image FROM version WHERE algorithm = ?;
-- :names algorithm names behind a name
SELECT DISTINCT algorithm FROM version WHERE algorithm > ? ORDER BY algorithm LIMIT ?;
-- :standings of an algorithm
SELECT version, released, retired FROM standing WHERE algorithm = ?;
-- :standing of one version
SELECT released, retired FROM standing WHERE algorithm = ? AND version = ?;
-- :head the newest revision of a document
SELECT v.object, v.location, v.version_id, v.etag, v.generation, v.size_bytes, v.written_at
FROM document d JOIN document_version v USING (version_id) WHERE d.object = ?;
-- :head_at the newest revision at a location
SELECT v.object, v.location, v.version_id, v.etag, v.generation, v.size_bytes, v.written_at
FROM document d JOIN document_version v USING (version_id) WHERE d.location = ?;
-- :version_at a location, with its content
SELECT location, version_id, etag, generation, content FROM document_version
WHERE location = ? AND version_id = ?;
-- :content of one revision
SELECT content FROM document_version WHERE version_id = ?;
-- :refs_of branches and tags of a watched repository, where they were seen last
SELECT location, revision FROM source_head WHERE substr(location, 1, length(?1)) = ?1;
-- :source_head of a watched repository
SELECT revision, summary FROM source_head WHERE location = ?;
-- :recorded_at of a change
SELECT at FROM fact WHERE seq = ?;
-- :listing versions behind a place in the order of the table, with their newest verdict
SELECT v.algorithm, v.version, v.type, v.phase, j.verdict, j.reason, j.run, j.seq, j.object, j.generation
FROM version v LEFT JOIN verdict j ON j.seq = (
  SELECT max(seq) FROM verdict WHERE algorithm = v.algorithm AND version = v.version
)
WHERE (v.algorithm, v.version) > (?1, ?2) AND v.algorithm <= ?3 AND v.version <> '#active'
  AND (?4 IS NULL OR v.type = ?4) AND (?5 IS NULL OR v.version = ?5)
ORDER BY v.algorithm, v.version LIMIT ?6;
-- :unread versions with a change into a release phase (a JSON array of them) that publishing has not read yet
SELECT DISTINCT algorithm, version FROM (
  SELECT json_extract(text, '$.algorithm') AS algorithm, json_extract(text, '$.version') AS version,
    json_extract(text, '$.old.phase') AS old, json_extract(text, '$.new.phase') AS new
  FROM (
    SELECT CAST(body AS TEXT) AS text FROM fact
    WHERE kind = 'change.recorded' AND seq > coalesce((SELECT seq FROM cursor WHERE reader = 'publish'), 0)
  )
)
WHERE new IN (SELECT value FROM json_each(?1)) AND coalesce(old, '') NOT IN (SELECT value FROM json_each(?1));
-- :newest_version of an algorithm by its newest change
SELECT version FROM version WHERE algorithm = ? AND version <> '#active' ORDER BY seq DESC LIMIT 1;
-- :changed_at when a version was changed last
SELECT changed_at FROM version WHERE algorithm = ? AND version = ?;

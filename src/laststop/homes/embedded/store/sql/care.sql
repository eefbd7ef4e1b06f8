-- :old_runs ended runs beyond the newest ones, without those whose release is kept
SELECT id FROM run WHERE ended_at IS NOT NULL AND status NOT IN ('InProgress', 'Stopping')
  AND id NOT IN (SELECT run FROM release WHERE removed_at IS NULL)
ORDER BY ordinal DESC LIMIT -1 OFFSET ?;
-- :old_releases switched releases beyond the newest ones, and stored ones that never were switched to
SELECT id FROM (
  SELECT id, epoch FROM release WHERE removed_at IS NULL AND epoch IS NOT NULL
    AND id NOT IN (SELECT release FROM live)
    AND id NOT IN (SELECT coalesce(purged_release, '') FROM live)
    AND id NOT IN (SELECT coalesce(seen_release, '') FROM live)
  ORDER BY epoch DESC LIMIT -1 OFFSET ?
)
UNION ALL
SELECT id FROM release WHERE removed_at IS NULL AND epoch IS NULL AND stored_at < ?;
-- :old_documents versions that no kept run, kept release or current document names
SELECT version_id FROM document_version WHERE version_id NOT IN (SELECT version_id FROM document)
  AND version_id NOT IN (
    SELECT json_extract(v.value, '$.id') FROM run r, json_each(r.bill, '$.revisions') v WHERE r.bill IS NOT NULL
  )
  AND version_id NOT IN (
    SELECT json_extract(v.value, '$.id') FROM release r, json_each(r.bill, '$.revisions') v
    WHERE r.removed_at IS NULL
  )
  AND written_at < ?;
-- :kept_manifests kept releases and the digests of their manifests
SELECT id, manifest FROM release WHERE removed_at IS NULL;
-- :kept_artifacts of runs that may still go on or be looked at
SELECT artifacts FROM attempt WHERE run IN (SELECT id FROM run ORDER BY ordinal DESC LIMIT ?);
-- :kept_run_ids the newest runs
SELECT id FROM run ORDER BY ordinal DESC LIMIT ?;
-- :advance_cursors readers that had nothing to do have read as far as the others; those of events work alone
UPDATE cursor SET seq = ? WHERE seq < ? AND reader NOT LIKE 'events:%';
-- :unpublished changes into a release phase that publishing passed, and that have no verdict
SELECT seq FROM (
  SELECT seq, json_extract(text, '$.old.phase') AS old, json_extract(text, '$.new.phase') AS new
  FROM (SELECT seq, CAST(body AS TEXT) AS text FROM fact WHERE kind = 'change.recorded' AND seq <= ?1)
)
WHERE new IN (SELECT value FROM json_each(?2)) AND coalesce(old, '') NOT IN (SELECT value FROM json_each(?2))
  AND seq NOT IN (SELECT seq FROM verdict)
ORDER BY seq LIMIT ?3;

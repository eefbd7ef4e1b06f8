-- :one run
SELECT id, pipeline, status, cause, started_at, ended_at, stage, bill, reason, ordinal, target FROM run WHERE id = ?;
-- :newest runs, the newest first; of one pipeline, or of all
SELECT id, pipeline, status, cause, started_at, ended_at, stage, bill, reason, ordinal, target FROM run
WHERE ordinal < ?1 AND (?3 = '' OR pipeline = ?3) ORDER BY ordinal DESC LIMIT ?2;
-- :by_prefix runs whose id begins so
SELECT id FROM run WHERE id >= ?1 AND id < ?1 || char(0x10FFFF) LIMIT 2;
-- :stages of a run
SELECT stage, status, waiting_at, entered_at, ended_at FROM stage_run WHERE run = ? ORDER BY waiting_at;
-- :attempts of a run
SELECT stage, action, attempt, provider, status, started_at, ended_at, job, artifacts, variables, summary,
  external_id, failure
FROM attempt WHERE run = ? ORDER BY started_at, stage, action, attempt;
-- :first_with the oldest run of the flow's whose bill has at least a generation of a location
SELECT r.id FROM run r WHERE r.bill IS NOT NULL AND (
    NOT EXISTS (SELECT 1 FROM declared_file)
    OR r.pipeline IN (SELECT pipeline FROM declared_file WHERE file = 'pipeline.yml')
  ) AND EXISTS (
    SELECT 1 FROM json_each(r.bill, '$.revisions') v
    WHERE json_extract(v.value, '$.location') = ?1 AND json_extract(v.value, '$.generation') >= ?2
  ) ORDER BY r.ordinal LIMIT 1;
-- :past what a run had, where it succeeded in a stage
SELECT r.version, r.variables, r.bill, r.execution_type, d.declaration FROM run r
JOIN stage_run s ON s.run = r.id AND s.status = 'Succeeded'
LEFT JOIN definition d ON d.pipeline = r.pipeline AND d.version = r.version
WHERE r.id = ? AND s.stage = ?;
-- :with_token the run that was started under a client's request token
SELECT id FROM run WHERE pipeline = ? AND token = ? AND token <> '' ORDER BY ordinal LIMIT 1;

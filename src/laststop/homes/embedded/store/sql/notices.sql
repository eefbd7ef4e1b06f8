-- :open changes without a final verdict
SELECT seq, algorithm, version, type, object, generation, verdict, run FROM verdict
WHERE verdict IN ('pending', 'failed') ORDER BY seq;
-- :holding the newest run whose bill has at least a generation of a location
SELECT r.id, r.status, r.stage, r.bill FROM run r
WHERE r.bill IS NOT NULL AND r.status <> 'Superseded'
  AND EXISTS (
    SELECT 1 FROM json_each(r.bill, '$.revisions') v
    WHERE json_extract(v.value, '$.location') = ?1 AND json_extract(v.value, '$.generation') >= ?2
  )
ORDER BY r.ordinal DESC LIMIT 1;
-- :failure of a run's newest failed attempt
SELECT stage, action, failure FROM attempt WHERE run = ? AND status = 'Failed' ORDER BY ended_at DESC LIMIT 1;
-- :of_version verdicts of a version, the newest last
SELECT seq, verdict, reason, run, recorded_at, published_at, settled_at, object, generation FROM verdict
WHERE algorithm = ? AND version = ? ORDER BY seq;
-- :versions_of an algorithm by its newest change
SELECT version FROM verdict WHERE algorithm = ? ORDER BY seq DESC LIMIT 1;
-- :all newest verdicts of every version
SELECT seq, algorithm, version, type, verdict, reason, run, recorded_at, settled_at FROM verdict ORDER BY seq;
-- :counts how many changes have which verdict
SELECT verdict, count(*) FROM verdict GROUP BY verdict;
-- :message of a run
SELECT revision, text, written_at FROM message WHERE run = ?;
-- :set_aside records that cannot be used, the newest first
SELECT sequence_number, reason, record, set_aside_at FROM set_aside ORDER BY set_aside_at DESC LIMIT ?;

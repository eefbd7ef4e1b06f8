-- :open changes without a final verdict
SELECT seq, algorithm, version, type, object, generation, verdict, run FROM verdict
WHERE verdict IN ('pending', 'failed') ORDER BY seq;
-- :of_flow whether a run is one of the flow's pipeline; in a store that no server has served yet, every run is
SELECT 1 FROM run r WHERE r.id = ? AND (
  NOT EXISTS (SELECT 1 FROM declared_file)
  OR r.pipeline IN (SELECT pipeline FROM declared_file WHERE file = 'pipeline.yml')
);
-- :holding the newest run of the flow's whose bill has at least a generation of a location
SELECT r.id, r.status, r.stage, r.bill FROM run r
WHERE r.bill IS NOT NULL AND r.status <> 'Superseded'
  AND (
    NOT EXISTS (SELECT 1 FROM declared_file)
    OR r.pipeline IN (SELECT pipeline FROM declared_file WHERE file = 'pipeline.yml')
  )
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
-- :owed messages whose newest revision is not told at a bulletin, the oldest first
SELECT m.run, m.revision, m.story, d.revision, d.handle, d.sending_at
FROM bulletin b JOIN message m ON m.seq > b.opened
LEFT JOIN told d ON d.run = m.run AND d.bulletin = b.name AND d.part = ''
WHERE b.name = ? AND m.revision > coalesce(d.revision, 0) ORDER BY m.seq;
-- :told of a message, or of a reply to it
SELECT revision, handle, sending_at FROM told WHERE run = ? AND bulletin = ? AND part = ?;
-- :bulletins with what goes wrong there, if anything does
SELECT name, trouble, hint, trouble_at FROM bulletin ORDER BY name;
-- :bulletin one of them
SELECT name, trouble, hint, trouble_at FROM bulletin WHERE name = ?;
-- :failed_before whether a run has failed before it went on
SELECT 1 FROM fact WHERE subject = ? AND kind = 'run.failed' LIMIT 1;
-- :last_outcome of the runs of the same pipeline before one that changed the site or tried to
SELECT r.status FROM run r WHERE r.ordinal < ?1
  AND r.pipeline = (SELECT pipeline FROM run WHERE ordinal = ?1) AND (r.status = 'Failed' OR (r.status = 'Succeeded'
  AND NOT EXISTS (SELECT 1 FROM fact f WHERE f.subject = r.id AND f.kind = 'release.refused')))
ORDER BY r.ordinal DESC LIMIT 1;
-- :last_good bill of the runs of the same pipeline before one that ended well
SELECT bill FROM run WHERE ordinal < ?1 AND pipeline = (SELECT pipeline FROM run WHERE ordinal = ?1) AND status = 'Succeeded' AND bill IS NOT NULL
ORDER BY ordinal DESC LIMIT 1;

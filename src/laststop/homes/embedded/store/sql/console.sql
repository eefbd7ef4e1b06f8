-- :last_good newest run of a pipeline before a place that succeeded, with its bill
SELECT id FROM run WHERE pipeline = ? AND ordinal < ? AND status = 'Succeeded' AND bill IS NOT NULL
ORDER BY ordinal DESC LIMIT 1;
-- :with_status runs that stand so, the newest first
SELECT id FROM run WHERE ordinal < ? AND status = ? ORDER BY ordinal DESC LIMIT ?;
-- :messages of runs, the newest run first; CROSS JOIN keeps to that order without sorting
SELECT m.run, r.status, m.revision, m.text, m.written_at, r.ordinal
FROM run r CROSS JOIN message m ON m.run = r.id WHERE r.ordinal < ? ORDER BY r.ordinal DESC LIMIT ?;
-- :algorithms of a type, or of all, with their count of versions
SELECT type, algorithm, count(*) FROM version WHERE version <> '#active' AND (?1 IS NULL OR type = ?1)
GROUP BY type, algorithm ORDER BY type, algorithm LIMIT ?2 OFFSET ?3;
-- :algorithm_count of a type, or of all
SELECT count(*) FROM (
  SELECT DISTINCT type, algorithm FROM version WHERE version <> '#active' AND (?1 IS NULL OR type = ?1)
);
-- :exists_version whether the catalog has a version
SELECT 1 FROM version WHERE algorithm = ? AND version = ?;
-- :named_like algorithms whose name contains some letters
SELECT DISTINCT algorithm FROM version WHERE instr(lower(algorithm), lower(?)) > 0 ORDER BY algorithm LIMIT ?;
-- :history of an algorithm: its changes into a release phase, the newest first
SELECT version, verdict, reason, run, recorded_at, published_at, settled_at FROM verdict
WHERE algorithm = ? ORDER BY seq DESC LIMIT ?;
-- :previous_kept release that was switched to before one, and is kept
SELECT id FROM release WHERE removed_at IS NULL AND epoch IS NOT NULL
  AND epoch < (SELECT epoch FROM release WHERE id = ?) ORDER BY epoch DESC LIMIT 1;
-- :any_change whether a change into a release phase ever got a verdict
SELECT 1 FROM verdict LIMIT 1;
-- :conditions of a run, each as it was examined last
SELECT c.stage, c.gate, c.status, c.result, c.reason FROM condition c
WHERE c.run = ? AND c.attempt = (
  SELECT max(attempt) FROM condition WHERE run = c.run AND stage = c.stage AND gate = c.gate
) ORDER BY c.started_at, c.stage, c.gate;

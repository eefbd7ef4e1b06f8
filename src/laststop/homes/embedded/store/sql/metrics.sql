-- :runs by status
SELECT status, count(*) FROM run GROUP BY status ORDER BY status;
-- :changes by verdict
SELECT verdict, count(*) FROM verdict GROUP BY verdict ORDER BY verdict;
-- :lead_seconds from the catalog to the proof, of every change that went live
SELECT (julianday(settled_at) - julianday(recorded_at)) * 86400 FROM verdict
WHERE verdict = 'live' AND settled_at IS NOT NULL;

-- :pipelines that have a state
SELECT pipeline FROM pipeline_state ORDER BY pipeline;
-- :jobs of the newest runs
SELECT a.run, a.stage, a.action, a.attempt, a.job FROM attempt a JOIN run r ON r.id = a.run
WHERE r.ordinal > (SELECT coalesce(max(ordinal), 0) FROM run) - ? AND a.provider LIKE '%Lambda%';

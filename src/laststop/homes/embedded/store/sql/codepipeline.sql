-- :pipelines that are declared, by name, behind a name
SELECT d.pipeline, max(d.version), min(d.declared_at), max(d.declared_at) FROM definition d
WHERE d.pipeline > ? GROUP BY d.pipeline ORDER BY d.pipeline LIMIT ?;
-- :definition of a pipeline in one version
SELECT declaration FROM definition WHERE pipeline = ? AND version = ?;
-- :declared first and last
SELECT min(declared_at), max(declared_at) FROM definition WHERE pipeline = ?;
-- :executions of a pipeline, the newest first, from behind an ordinal on
SELECT id, ordinal FROM run WHERE pipeline = ?1 AND ordinal < ?2
  AND (?3 IS NULL OR id IN (SELECT run FROM stage_run WHERE stage = ?3 AND status = 'Succeeded'))
ORDER BY ordinal DESC LIMIT ?4;
-- :execution
SELECT id, ordinal, pipeline, status, started_at, ended_at, bill, reason, version, mode, execution_type, target,
  trigger_type, trigger_detail, variables,
  coalesce(ended_at, (SELECT max(coalesce(ended_at, started_at)) FROM attempt WHERE run = id),
    (SELECT max(coalesce(ended_at, entered_at, waiting_at)) FROM stage_run WHERE run = id), started_at)
FROM run WHERE id = ?;
-- :entered last into a stage
SELECT s.run, s.status, s.automatic_retries, s.manual_retries, s.latest_retry
FROM stage_run s JOIN run r ON r.id = s.run
WHERE r.pipeline = ? AND s.stage = ? AND s.entered_at IS NOT NULL
ORDER BY s.entered_at DESC, r.ordinal DESC LIMIT 1;
-- :newest_attempt at an action or rule, whichever run it was of
SELECT r.version, a.run, a.stage, a.action, a.attempt, a.provider, a.status, a.started_at, a.ended_at,
  a.configuration, a.inputs, a.artifacts, a.variables, a.summary, a.external_id, a.failure, a.revision, a.by
FROM attempt a JOIN run r ON r.id = a.run WHERE r.pipeline = ? AND a.stage = ? AND a.action = ?
ORDER BY a.started_at DESC, r.ordinal DESC, a.attempt DESC LIMIT 1;
-- :attempts of a pipeline, the newest first: of one run or of all, of actions or of rules, begun at an instant or
-- later, behind a place
SELECT r.version, a.run, a.stage, a.action, a.attempt, a.provider, a.status, a.started_at, a.ended_at,
  a.configuration, a.inputs, a.artifacts, a.variables, a.summary, a.external_id, a.failure, a.revision, a.by
FROM attempt a JOIN run r ON r.id = a.run
WHERE r.pipeline = ?1 AND (?2 IS NULL OR a.run = ?2) AND (instr(a.action, ':') > 0) = ?3 AND a.started_at >= ?4
  AND (a.started_at, a.run, a.stage, a.action, a.attempt) < (?5, ?6, ?7, ?8, ?9)
ORDER BY a.started_at DESC, a.run DESC, a.stage DESC, a.action DESC, a.attempt DESC LIMIT ?10;
-- :latest_start of a run: its newest retry, or its beginning
SELECT coalesce((SELECT max(retried_at) FROM stage_run WHERE run = id), started_at) FROM run WHERE id = ?;
-- :attempt_exists by pipeline
SELECT a.run, a.stage, a.action, a.attempt FROM attempt a JOIN run r ON r.id = a.run WHERE r.pipeline = ?;
-- :condition examined last at a gate
SELECT c.run, c.status, c.reason, coalesce(c.ended_at, c.started_at) FROM condition c JOIN run r ON r.id = c.run
WHERE r.pipeline = ? AND c.stage = ? AND c.gate = ? ORDER BY c.started_at DESC, c.attempt DESC LIMIT 1;
-- :tags
SELECT key, value FROM pipeline_tag WHERE pipeline = ? ORDER BY key;
-- :succeeded_in a stage
SELECT 1 FROM stage_run WHERE run = ? AND stage = ? AND status = 'Succeeded';
-- :succeeded_attempts of a run, in the order they began
SELECT r.version, a.run, a.stage, a.action, a.attempt, a.provider, a.status, a.started_at, a.ended_at,
  a.configuration, a.inputs, a.artifacts, a.variables, a.summary, a.external_id, a.failure, a.revision, a.by
FROM attempt a JOIN run r ON r.id = a.run
WHERE a.run = ? AND a.status = 'Succeeded' AND instr(a.action, ':') = 0
ORDER BY a.started_at, a.stage, a.action, a.attempt;
-- :newest_revision that a source action gave, and to which run
SELECT json_extract(a.revision, '$.id'), a.run FROM attempt a JOIN run r ON r.id = a.run
WHERE r.pipeline = ? AND a.stage = ? AND a.action = ? AND a.revision IS NOT NULL
ORDER BY a.started_at DESC, r.ordinal DESC, a.attempt DESC LIMIT 1;
-- :undeclare a pipeline that no file declares any more: it is made anew, by somebody else
DELETE FROM declared_file WHERE pipeline = ?;

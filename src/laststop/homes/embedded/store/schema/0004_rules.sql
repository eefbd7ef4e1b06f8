-- What CodePipeline tells of a run beside its progress: the version of the declaration it is pinned to, how it
-- came about, what it was given; of an attempt, what it was asked with. Older rows are filled from the journal,
-- as far as it still reaches back.
ALTER TABLE run ADD COLUMN version INTEGER NOT NULL DEFAULT 0;
ALTER TABLE run ADD COLUMN mode TEXT NOT NULL DEFAULT 'SUPERSEDED';
ALTER TABLE run ADD COLUMN execution_type TEXT NOT NULL DEFAULT 'STANDARD';
ALTER TABLE run ADD COLUMN target TEXT;
ALTER TABLE run ADD COLUMN trigger_type TEXT NOT NULL DEFAULT 'CloudWatchEvent';
ALTER TABLE run ADD COLUMN trigger_detail TEXT NOT NULL DEFAULT '';
ALTER TABLE run ADD COLUMN token TEXT NOT NULL DEFAULT '';
ALTER TABLE run ADD COLUMN variables TEXT NOT NULL DEFAULT '{}';
ALTER TABLE run ADD COLUMN overrides TEXT NOT NULL DEFAULT '[]';
CREATE INDEX run_token ON run (pipeline, token) WHERE token <> '';
UPDATE run SET (version, variables) = (
  SELECT json_extract(CAST(body AS TEXT), '$.pipeline_version'),
    coalesce(json_extract(CAST(body AS TEXT), '$.variables'), '{}')
  FROM fact WHERE kind = 'run.started' AND subject = run.id
) WHERE EXISTS (SELECT 1 FROM fact WHERE kind = 'run.started' AND subject = run.id);

-- How often a run was retried in a stage, and by whom last: `AutomatedStageRetry` or `ManualStageRetry`.
ALTER TABLE stage_run ADD COLUMN automatic_retries INTEGER NOT NULL DEFAULT 0;
ALTER TABLE stage_run ADD COLUMN manual_retries INTEGER NOT NULL DEFAULT 0;
ALTER TABLE stage_run ADD COLUMN latest_retry TEXT NOT NULL DEFAULT '';
ALTER TABLE stage_run ADD COLUMN retried_at TEXT;
UPDATE stage_run SET (automatic_retries, manual_retries, latest_retry, retried_at) = (
  SELECT total(json_extract(CAST(body AS TEXT), '$.automatic')),
    count(*) - total(json_extract(CAST(body AS TEXT), '$.automatic')),
    CASE WHEN json_extract(CAST(body AS TEXT), '$.automatic') THEN 'AutomatedStageRetry'
      ELSE 'ManualStageRetry' END,
    max(at)
  FROM fact WHERE kind = 'stage.retried' AND subject = stage_run.run
    AND json_extract(CAST(body AS TEXT), '$.stage') = stage_run.stage
) WHERE EXISTS (
  SELECT 1 FROM fact WHERE kind = 'stage.retried' AND subject = stage_run.run
    AND json_extract(CAST(body AS TEXT), '$.stage') = stage_run.stage
);

-- `by` is who answered an approval; `outputs` are the names of the artifacts asked for; `token` is the
-- continuation token that the running job was given. The attempts of a rule have its gate before its name:
-- `beforeEntry:NAME`.
ALTER TABLE attempt ADD COLUMN configuration TEXT NOT NULL DEFAULT '{}';
ALTER TABLE attempt ADD COLUMN inputs TEXT NOT NULL DEFAULT '[]';
ALTER TABLE attempt ADD COLUMN outputs TEXT NOT NULL DEFAULT '[]';
ALTER TABLE attempt ADD COLUMN token TEXT NOT NULL DEFAULT '';
ALTER TABLE attempt ADD COLUMN revision TEXT;
ALTER TABLE attempt ADD COLUMN by TEXT NOT NULL DEFAULT '';
UPDATE attempt SET (configuration, inputs, outputs) = (
  SELECT coalesce(json_extract(CAST(body AS TEXT), '$.configuration'), '{}'),
    coalesce(json_extract(CAST(body AS TEXT), '$.inputs'), '[]'),
    coalesce(json_extract(CAST(body AS TEXT), '$.outputs'), '[]')
  FROM fact WHERE kind = 'action.started' AND subject = attempt.run
    AND json_extract(CAST(body AS TEXT), '$.stage') = attempt.stage
    AND json_extract(CAST(body AS TEXT), '$.action') = attempt.action
    AND json_extract(CAST(body AS TEXT), '$.attempt') = attempt.attempt
) WHERE EXISTS (
  SELECT 1 FROM fact WHERE kind = 'action.started' AND subject = attempt.run
    AND json_extract(CAST(body AS TEXT), '$.stage') = attempt.stage
    AND json_extract(CAST(body AS TEXT), '$.action') = attempt.action
    AND json_extract(CAST(body AS TEXT), '$.attempt') = attempt.attempt
);
UPDATE attempt SET revision = (
  SELECT json_extract(CAST(body AS TEXT), '$.revision')
  FROM fact WHERE kind = 'action.succeeded' AND subject = attempt.run
    AND json_extract(CAST(body AS TEXT), '$.stage') = attempt.stage
    AND json_extract(CAST(body AS TEXT), '$.action') = attempt.action
    AND json_extract(CAST(body AS TEXT), '$.attempt') = attempt.attempt
);
UPDATE attempt SET token = coalesce((
  SELECT json_extract(CAST(body AS TEXT), '$.token')
  FROM fact WHERE kind = 'action.continued' AND subject = attempt.run
    AND json_extract(CAST(body AS TEXT), '$.stage') = attempt.stage
    AND json_extract(CAST(body AS TEXT), '$.action') = attempt.action
    AND json_extract(CAST(body AS TEXT), '$.attempt') = attempt.attempt
  ORDER BY seq DESC LIMIT 1
), '');

-- Every version a pipeline's declaration has had; runs name theirs.
CREATE TABLE definition (
  pipeline TEXT NOT NULL,
  version INTEGER NOT NULL,
  declaration TEXT NOT NULL,
  declared_at TEXT NOT NULL,
  PRIMARY KEY (pipeline, version)
) STRICT, WITHOUT ROWID;
INSERT INTO definition (pipeline, version, declaration, declared_at)
SELECT subject, json_extract(CAST(body AS TEXT), '$.version'),
  json_extract(CAST(body AS TEXT), '$.declaration'), at
FROM fact WHERE kind = 'pipeline.declared';

-- One row per examination of a stage's condition: `gate` is `beforeEntry`, `onSuccess` or `onFailure`, `status` is
-- CodePipeline's, `result` what followed (empty: the run just went on, or failed as it would have).
CREATE TABLE condition (
  run TEXT NOT NULL,
  stage TEXT NOT NULL,
  gate TEXT NOT NULL,
  attempt INTEGER NOT NULL,
  status TEXT NOT NULL,
  result TEXT NOT NULL DEFAULT '',
  reason TEXT NOT NULL DEFAULT '',
  started_at TEXT NOT NULL,
  ended_at TEXT,
  PRIMARY KEY (run, stage, gate, attempt)
) STRICT, WITHOUT ROWID;

-- The live state: slots became queues, and runs are pinned to a version of the declaration.
UPDATE pipeline_state SET body = CAST(json_set(CAST(body AS TEXT), '$.stages', (
  SELECT json_group_object(key, json(
    CASE WHEN json_extract(value, '$.inbound') IS NULL THEN json_remove(value, '$.succeeded')
    ELSE json_set(json_remove(value, '$.succeeded'), '$.inbound', json_array(json_extract(value, '$.inbound')))
    END
  )) FROM json_each(CAST(body AS TEXT), '$.stages')
)) AS BLOB) WHERE json_extract(CAST(body AS TEXT), '$.stages') IS NOT NULL;
UPDATE pipeline_state SET body = CAST(json_set(CAST(body AS TEXT), '$.runs', (
  SELECT json_group_object(key, json(json_remove(
    json_set(value, '$.version', json_extract(CAST(body AS TEXT), '$.version')), '$.automatic_retries'
  ))) FROM json_each(CAST(body AS TEXT), '$.runs')
)) AS BLOB) WHERE json_extract(CAST(body AS TEXT), '$.runs') IS NOT NULL;

-- :put_version
INSERT INTO version (algorithm, version, type, phase, image, changed_at, seq) VALUES (?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (algorithm, version) DO UPDATE SET type = excluded.type, phase = excluded.phase,
  image = excluded.image, changed_at = excluded.changed_at, seq = excluded.seq;
-- :remove_version
DELETE FROM version WHERE algorithm = ? AND version = ?;
-- :note_standing
INSERT INTO standing (algorithm, version, released, retired) VALUES (?, ?, ?, ?)
ON CONFLICT (algorithm, version) DO UPDATE SET released = max(released, excluded.released),
  retired = max(retired, excluded.retired);
-- :put_document
INSERT INTO document (object, location, generation, version_id) VALUES (?, ?, ?, ?)
ON CONFLICT (object) DO UPDATE SET location = excluded.location, generation = excluded.generation,
  version_id = excluded.version_id;
-- :put_document_version
INSERT INTO document_version (version_id, object, location, generation, etag, size_bytes, written_at, seq, content)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?);
-- :current_content the content a delta applies to
SELECT v.content FROM document d JOIN document_version v USING (version_id) WHERE d.object = ?;
-- :move_source
INSERT INTO source_head (location, revision, summary, moved_at) VALUES (?, ?, ?, ?)
ON CONFLICT (location) DO UPDATE SET revision = excluded.revision, summary = excluded.summary,
  moved_at = excluded.moved_at;
-- :start_run
INSERT INTO run (id, ordinal, pipeline, status, cause, started_at, version, mode, execution_type, target,
  trigger_type, trigger_detail, token, variables, overrides)
VALUES (?1, (SELECT coalesce(max(ordinal), 0) + 1 FROM run), ?2, 'InProgress', ?3, ?4, ?5,
  coalesce((SELECT json_extract(declaration, '$.executionMode') FROM definition
    WHERE pipeline = ?2 AND version = ?5), 'SUPERSEDED'), ?6, ?7, ?8, ?9, ?10, ?11, ?12);
-- :run_status
UPDATE run SET status = ?, ended_at = ?, reason = ? WHERE id = ?;
-- :stop_run
UPDATE run SET status = 'Stopped', ended_at = ? WHERE id = ?;
-- :run_stage
UPDATE run SET stage = ? WHERE id = ?;
-- :run_bill
UPDATE run SET bill = ? WHERE id = ?;
-- :stage_waiting
INSERT INTO stage_run (run, stage, status, waiting_at) VALUES (?, ?, 'Waiting', ?)
ON CONFLICT (run, stage) DO UPDATE SET status = 'Waiting', waiting_at = excluded.waiting_at, ended_at = NULL;
-- :stage_entered a rollback does not wait before it enters
INSERT INTO stage_run (run, stage, status, waiting_at, entered_at) VALUES (?1, ?2, 'InProgress', ?3, ?3)
ON CONFLICT (run, stage) DO UPDATE SET status = 'InProgress', entered_at = excluded.entered_at;
-- :stage_retried
UPDATE stage_run SET status = 'InProgress', ended_at = NULL, automatic_retries = automatic_retries + ?,
  manual_retries = manual_retries + ?, latest_retry = ?, retried_at = ?
WHERE run = ? AND stage = ?;
-- :stage_left
UPDATE stage_run SET status = ?, ended_at = ? WHERE run = ? AND stage = ?;
-- :start_attempt
INSERT INTO attempt (run, stage, action, attempt, provider, status, started_at, configuration, inputs, outputs)
VALUES (?, ?, ?, ?, ?, 'InProgress', ?, ?, ?, ?);
-- :continue_attempt
UPDATE attempt SET job = ?, token = ? WHERE run = ? AND stage = ? AND action = ? AND attempt = ?;
-- :succeed_attempt
UPDATE attempt SET status = 'Succeeded', ended_at = ?, artifacts = ?, variables = ?, summary = ?, external_id = ?,
  revision = ?, by = ?
WHERE run = ? AND stage = ? AND action = ? AND attempt = ?;
-- :end_attempt
UPDATE attempt SET status = ?, ended_at = ?, failure = ?, by = ?
WHERE run = ? AND stage = ? AND action = ? AND attempt = ?;
-- :abandon_attempts of a run that was cancelled
UPDATE attempt SET status = 'Abandoned', ended_at = ? WHERE run = ? AND status = 'InProgress';
-- :define
INSERT INTO definition (pipeline, version, declaration, declared_at) VALUES (?, ?, ?, ?);
-- :start_condition
INSERT INTO condition (run, stage, gate, attempt, status, started_at) VALUES (?, ?, ?, ?, 'InProgress', ?);
-- :end_condition
UPDATE condition SET status = ?, result = ?, reason = ?, ended_at = ?
WHERE run = ? AND stage = ? AND gate = ? AND attempt = ?;
-- :store_release
INSERT INTO release (id, run, bill, manifest, files, size_bytes, stored_at) VALUES (?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (id) DO UPDATE SET removed_at = NULL;
-- :switch_release a release that is switched to again has to be purged and seen again
UPDATE release SET epoch = ?, previous = ?, switched_at = ?, purged_at = NULL, seen_at = NULL, unseen_reason = ''
WHERE id = ?;
-- :switch_live
INSERT INTO live (only, release, run, bill, epoch, mark, switched_at, hold) VALUES (1, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (only) DO UPDATE SET release = excluded.release, run = excluded.run, bill = excluded.bill,
  epoch = excluded.epoch, mark = excluded.mark, switched_at = excluded.switched_at, hold = excluded.hold;
-- :mark_live
UPDATE live SET epoch = ?, mark = ?;
-- :hold
UPDATE live SET epoch = ?, hold = ?;
-- :purged
UPDATE release SET purged_at = ? WHERE id = ?;
-- :live_purged
UPDATE live SET purged_release = ?1, purged_epoch = coalesce((SELECT epoch FROM release WHERE id = ?1), 0);
-- :seen
UPDATE release SET seen_at = coalesce(seen_at, ?), unseen_reason = '' WHERE id = ?;
-- :live_seen
UPDATE live SET seen_release = ?1, seen_epoch = coalesce((SELECT epoch FROM release WHERE id = ?1), 0)
WHERE release = ?1;
-- :unseen
UPDATE release SET unseen_reason = ? WHERE id = ?;
-- :release_removed
UPDATE release SET removed_at = ? WHERE id = ?;
-- :add_verdict
INSERT INTO verdict (seq, algorithm, version, type, object, generation, recorded_at, published_at, verdict, reason)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, 'pending', 'waits for a run')
ON CONFLICT (seq) DO NOTHING;
-- :set_aside
INSERT INTO set_aside (sequence_number, reason, record, set_aside_at) VALUES (?, ?, ?, ?)
ON CONFLICT (sequence_number) DO NOTHING;
-- :forget_attempts
DELETE FROM attempt WHERE run IN (SELECT value FROM json_each(?));
-- :forget_stages
DELETE FROM stage_run WHERE run IN (SELECT value FROM json_each(?));
-- :forget_conditions
DELETE FROM condition WHERE run IN (SELECT value FROM json_each(?));
-- :forget_runs
DELETE FROM run WHERE id IN (SELECT value FROM json_each(?));
-- :forget_documents
DELETE FROM document_version WHERE version_id IN (SELECT value FROM json_each(?));
-- :runs_of_pipeline
SELECT id FROM run WHERE pipeline = ? ORDER BY ordinal;
-- :forget_definitions
DELETE FROM definition WHERE pipeline = ?;
-- :forget_tags
DELETE FROM pipeline_tag WHERE pipeline = ?;
-- :put_tag
INSERT INTO pipeline_tag (pipeline, key, value) VALUES (?, ?, ?)
ON CONFLICT (pipeline, key) DO UPDATE SET value = excluded.value;
-- :remove_tags
DELETE FROM pipeline_tag WHERE pipeline = ? AND key IN (SELECT value FROM json_each(?));

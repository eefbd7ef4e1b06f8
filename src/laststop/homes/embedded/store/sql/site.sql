-- :live the pointer
SELECT release, run, bill, epoch, mark, switched_at, hold, purged_release, seen_release FROM live;
-- :live_release only its id, for the edge
SELECT release FROM live;
-- :kept releases that can be switched to, the newest first
SELECT id, run, bill, manifest, stored_at FROM release WHERE removed_at IS NULL
ORDER BY coalesce(epoch, 0) DESC, stored_at DESC;
-- :one release
SELECT id, run, bill, manifest, stored_at FROM release WHERE id = ? AND removed_at IS NULL;
-- :of_run the release a run made
SELECT id, run, bill, manifest, stored_at FROM release WHERE run = ? AND removed_at IS NULL
ORDER BY stored_at DESC LIMIT 1;
-- :last_purged release, and the epoch it was switched to at
SELECT purged_release, purged_epoch FROM live;
-- :last_seen release, and the epoch it was switched to at
SELECT seen_release, seen_epoch FROM live;
-- :switched_since releases switched to after an epoch, the newest first; also those that are no longer kept
SELECT id FROM release WHERE epoch > ? ORDER BY epoch DESC;
-- :owes_proof whether a release is live and not seen since it was switched to
SELECT 1 FROM live JOIN release ON release.id = live.release WHERE live.release = ? AND release.seen_at IS NULL;
-- :previous the release that was live before one
SELECT previous FROM release WHERE id = ?;
-- :outcome what became of a run's release
SELECT body FROM fact WHERE subject = ? AND kind = 'release.refused' ORDER BY seq DESC LIMIT 1;
-- :listing releases, the newest first
SELECT id, run, stored_at, switched_at, seen_at, files, size_bytes, unseen_reason FROM release
WHERE switched_at IS NOT NULL AND removed_at IS NULL ORDER BY epoch DESC LIMIT ?;

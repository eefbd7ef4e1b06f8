-- :add one token
INSERT INTO token (id, digest, name, scope, created_at, expires_at) VALUES (?, ?, ?, ?, ?, ?);
-- :one token, with the digest of its secret
SELECT id, name, scope, created_at, expires_at, last_used_at, revoked_at, digest FROM token WHERE id = ?;
-- :all tokens, the newest first
SELECT id, name, scope, created_at, expires_at, last_used_at, revoked_at, digest FROM token
ORDER BY created_at DESC, id;
-- :any whether there ever was one
SELECT 1 FROM token LIMIT 1;
-- :used a token was used
UPDATE token SET last_used_at = ? WHERE id = ?;
-- :revoke a token; the first revocation stands
UPDATE token SET revoked_at = ? WHERE id = ? AND revoked_at IS NULL;

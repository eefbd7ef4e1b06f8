-- :known whether a webhook was acted on before
SELECT 1 FROM hook_delivery WHERE delivery = ?1 OR body_digest = ?2 LIMIT 1;
-- :remember that one was acted on
INSERT OR IGNORE INTO hook_delivery (delivery, body_digest, received_at) VALUES (?, ?, ?);
-- :forget all but the newest
DELETE FROM hook_delivery WHERE number <= (SELECT max(number) FROM hook_delivery) - ?;

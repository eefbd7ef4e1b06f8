-- :oldest place that is still kept
SELECT coalesce(min(seq), 0) FROM fact;

-- :declared by a file
SELECT pipeline, file FROM declared_file;
-- :declare by a file
INSERT INTO declared_file (pipeline, file) VALUES (?, ?) ON CONFLICT (pipeline) DO UPDATE SET file = excluded.file;
-- :made through the API
SELECT pipeline FROM pipeline_state WHERE pipeline NOT IN (SELECT pipeline FROM declared_file) ORDER BY pipeline;

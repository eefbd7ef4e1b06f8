-- The pipelines that a file of the project declares, or did; all others were made by CreatePipeline. Not rebuilt
-- by replay: it is about the files.
CREATE TABLE declared_file (
  pipeline TEXT PRIMARY KEY,
  file TEXT NOT NULL
) STRICT, WITHOUT ROWID;

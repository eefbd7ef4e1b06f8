-- Tags that people put on pipelines, as CodePipeline keeps them.
CREATE TABLE pipeline_tag (
  pipeline TEXT NOT NULL,
  key TEXT NOT NULL,
  value TEXT NOT NULL,
  PRIMARY KEY (pipeline, key)
) STRICT, WITHOUT ROWID;

-- What CodePipeline's API asks for page by page: executions of a pipeline, attempts at an action, all attempts.
CREATE INDEX run_pipeline ON run (pipeline, ordinal);
CREATE INDEX attempt_action ON attempt (stage, action, started_at);
CREATE INDEX attempt_started ON attempt (started_at);

-- The journal: what happened, in order. AUTOINCREMENT, because a plain rowid starts again once an idle
-- store was compacted, and cursors would skip facts.
CREATE TABLE fact (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  at TEXT NOT NULL,
  kind TEXT NOT NULL,
  subject TEXT NOT NULL,
  body BLOB NOT NULL
) STRICT;
CREATE INDEX fact_subject ON fact (subject, seq);
CREATE INDEX fact_kind ON fact (kind, seq);

-- How far each reader of the journal has come. Not rebuilt by replay: it is about the reader.
CREATE TABLE cursor (
  reader TEXT PRIMARY KEY,
  seq INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Every table below is written only by the projection of a fact, in the fact's own transaction.

CREATE TABLE version (
  algorithm TEXT NOT NULL,
  version TEXT NOT NULL,
  type TEXT NOT NULL,
  phase TEXT NOT NULL,
  image TEXT NOT NULL,
  changed_at TEXT NOT NULL,
  seq INTEGER NOT NULL,
  PRIMARY KEY (algorithm, version)
) STRICT, WITHOUT ROWID;

-- Highest stream sequence numbers, as 40 digits, at which a version entered a release phase, or retirement.
CREATE TABLE standing (
  algorithm TEXT NOT NULL,
  version TEXT NOT NULL,
  released TEXT NOT NULL,
  retired TEXT NOT NULL,
  PRIMARY KEY (algorithm, version)
) STRICT, WITHOUT ROWID;

CREATE TABLE document (
  object TEXT PRIMARY KEY,
  location TEXT NOT NULL UNIQUE,
  generation INTEGER NOT NULL,
  version_id TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE document_version (
  version_id TEXT PRIMARY KEY,
  object TEXT NOT NULL,
  location TEXT NOT NULL,
  generation INTEGER NOT NULL,
  etag TEXT NOT NULL,
  size_bytes INTEGER NOT NULL,
  written_at TEXT NOT NULL,
  seq INTEGER NOT NULL,
  content BLOB NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX document_version_object ON document_version (object, generation);

CREATE TABLE source_head (
  location TEXT PRIMARY KEY,
  revision TEXT NOT NULL,
  summary TEXT NOT NULL,
  moved_at TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE run (
  id TEXT PRIMARY KEY,
  ordinal INTEGER NOT NULL UNIQUE,
  pipeline TEXT NOT NULL,
  status TEXT NOT NULL,
  cause TEXT NOT NULL,
  started_at TEXT NOT NULL,
  ended_at TEXT,
  stage TEXT NOT NULL DEFAULT '',
  bill TEXT,
  reason TEXT NOT NULL DEFAULT ''
) STRICT, WITHOUT ROWID;

CREATE TABLE stage_run (
  run TEXT NOT NULL,
  stage TEXT NOT NULL,
  status TEXT NOT NULL,
  waiting_at TEXT,
  entered_at TEXT,
  ended_at TEXT,
  PRIMARY KEY (run, stage)
) STRICT, WITHOUT ROWID;

CREATE TABLE attempt (
  run TEXT NOT NULL,
  stage TEXT NOT NULL,
  action TEXT NOT NULL,
  attempt INTEGER NOT NULL,
  provider TEXT NOT NULL,
  status TEXT NOT NULL,
  started_at TEXT NOT NULL,
  ended_at TEXT,
  job INTEGER NOT NULL DEFAULT 0,
  artifacts TEXT NOT NULL DEFAULT '[]',
  variables TEXT NOT NULL DEFAULT '{}',
  summary TEXT NOT NULL DEFAULT '',
  external_id TEXT NOT NULL DEFAULT '',
  failure TEXT,
  PRIMARY KEY (run, stage, action, attempt)
) STRICT, WITHOUT ROWID;

CREATE TABLE pipeline_state (
  pipeline TEXT PRIMARY KEY,
  body BLOB NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE release (
  id TEXT PRIMARY KEY,
  run TEXT NOT NULL,
  bill TEXT NOT NULL,
  manifest TEXT NOT NULL,
  files INTEGER NOT NULL,
  size_bytes INTEGER NOT NULL,
  stored_at TEXT NOT NULL,
  epoch INTEGER,
  previous TEXT,
  switched_at TEXT,
  purged_at TEXT,
  seen_at TEXT,
  unseen_reason TEXT NOT NULL DEFAULT '',
  removed_at TEXT
) STRICT, WITHOUT ROWID;
CREATE INDEX release_run ON release (run);
CREATE INDEX release_epoch ON release (epoch);

-- One row: what the edge's origin serves, and what the fence compares with. The epochs are those at which the
-- release last purged, and last seen, was switched to: it may have been switched to again since.
CREATE TABLE live (
  only INTEGER PRIMARY KEY CHECK (only = 1),
  release TEXT NOT NULL,
  run TEXT NOT NULL,
  bill TEXT NOT NULL,
  epoch INTEGER NOT NULL,
  mark TEXT NOT NULL,
  switched_at TEXT NOT NULL,
  hold TEXT,
  purged_release TEXT,
  purged_epoch INTEGER NOT NULL DEFAULT 0,
  seen_release TEXT,
  seen_epoch INTEGER NOT NULL DEFAULT 0
) STRICT;

CREATE TABLE verdict (
  seq INTEGER PRIMARY KEY,
  algorithm TEXT NOT NULL,
  version TEXT NOT NULL,
  type TEXT NOT NULL,
  object TEXT NOT NULL,
  generation INTEGER NOT NULL,
  recorded_at TEXT NOT NULL,
  published_at TEXT NOT NULL,
  verdict TEXT NOT NULL,
  reason TEXT NOT NULL,
  run TEXT,
  settled_at TEXT
) STRICT;
CREATE INDEX verdict_open ON verdict (object, generation) WHERE verdict IN ('pending', 'failed');
CREATE INDEX verdict_version ON verdict (algorithm, version, seq);

CREATE TABLE message (
  run TEXT PRIMARY KEY,
  revision INTEGER NOT NULL,
  text TEXT NOT NULL,
  written_at TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE set_aside (
  sequence_number TEXT PRIMARY KEY,
  reason TEXT NOT NULL,
  record TEXT NOT NULL,
  set_aside_at TEXT NOT NULL
) STRICT, WITHOUT ROWID;

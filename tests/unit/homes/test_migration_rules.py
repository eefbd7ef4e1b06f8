"""A store of the release before: its runs, attempts and live state are as replay of its journal would have them."""

import json
from datetime import timedelta

import msgspec
import pytest

from laststop.homes.embedded.store import database as database_module
from laststop.homes.embedded.store.database import Database
from laststop.homes.embedded.store.journal import Store
from laststop.homes.embedded.store.replay import tables
from laststop.pipeline.declaration import Pipeline
from laststop.pipeline.evolve import evolve
from laststop.pipeline.state import State
from laststop.words import facts_pipeline as f
from laststop.words.facts import encode_fact
from laststop.words.failure import Failure
from laststop.words.ids import RunId
from laststop.words.instants import instant_text
from unit.homes.home_workbench import EPOCH
from unit.pipeline.bench import LINE, made, revision

RUN = RunId("run-1")
WAITS = RunId("run-2")
BEFORE = 3
"""Migrations of the release before."""


def facts():
    """A run that failed, was retried and succeeded in Build; another that waits before it."""
    at = {"at": EPOCH, "pipeline": "flow"}
    action = {**at, "run": RUN, "stage": "Build", "action": "compile"}
    asked = {"provider": "Build/AWS/CodeBuild/1", "inputs": (made("routing", "r"),), "outputs": ("site",)}
    due = {"deadline_at": EPOCH + timedelta(hours=36)}
    declared = msgspec.to_builtins(LINE)
    return [
        f.PipelineDeclared(**at, version=1, declaration=declared),
        f.RunStarted(**at, run=RUN, cause="news", pipeline_version=1, variables={"Mood": "gr\u00fcn"}),
        f.StageEntered(**at, run=RUN, stage="Build"),
        f.ActionStarted(**action, attempt=1, configuration={"A": "\u201cb\u201d"}, **asked, **due),
        f.ActionContinued(**action, attempt=1, job=1, token="go on", **due),
        f.ActionFailed(**action, attempt=1, failure=Failure(code="JobFailed", message="no")),
        f.StageFailed(**at, run=RUN, stage="Build"),
        f.StageRetried(**at, run=RUN, stage="Build", mode="FAILED_ACTIONS", automatic=True),
        f.ActionStarted(**action, attempt=2, **asked, **due),
        f.ActionSucceeded(**action, attempt=2, revision=revision("frontend", "a")),
        f.RunStarted(**at, run=WAITS, cause="more news", pipeline_version=1),
        f.RunWaiting(**at, run=WAITS, stage="Build"),
    ]


OLD_ROWS = (
    (
        "INSERT INTO run (id, ordinal, pipeline, status, cause, started_at, stage)"
        " VALUES ('run-1', 1, 'flow', 'InProgress', 'news', :at, 'Build')"
    ),
    (
        "INSERT INTO run (id, ordinal, pipeline, status, cause, started_at, stage)"
        " VALUES ('run-2', 2, 'flow', 'InProgress', 'more news', :at, 'Build')"
    ),
    (
        "INSERT INTO stage_run (run, stage, status, waiting_at, entered_at)"
        " VALUES ('run-1', 'Build', 'InProgress', :at, :at)"
    ),
    "INSERT INTO stage_run (run, stage, status, waiting_at) VALUES ('run-2', 'Build', 'Waiting', :at)",
    (
        "INSERT INTO attempt (run, stage, action, attempt, provider, status, started_at, ended_at, job, failure)"
        " VALUES ('run-1', 'Build', 'compile', 1, 'Build/AWS/CodeBuild/1', 'Failed', :at, :at, 1,"
        ' \'{"code":"JobFailed","message":"no","phase":"","command":"","exit_status":null,'
        '"cause":"","lines":[]}\')'
    ),
    (
        "INSERT INTO attempt (run, stage, action, attempt, provider, status, started_at, ended_at)"
        " VALUES ('run-1', 'Build', 'compile', 2, 'Build/AWS/CodeBuild/1', 'Succeeded', :at, :at)"
    ),
)


def old_state() -> bytes:
    """As the release before kept it: a slot for one, no versions of declarations."""
    state = {
        "pipeline": "flow",
        "version": 1,
        "declaration": msgspec.to_builtins(LINE),
        "clock": EPOCH.isoformat(),
        "ordinal": 2,
        "newest": "run-2",
        "stages": {"Source": {"succeeded": "run-1"}, "Build": {"occupant": "run-1", "inbound": "run-2"}},
        "runs": {
            "run-1": {"id": "run-1", "ordinal": 1, "cause": "news", "started_at": EPOCH.isoformat(),
                      "stage": "Build", "inside": True, "automatic_retries": {"Build": 1}},
            "run-2": {"id": "run-2", "ordinal": 2, "cause": "more news", "started_at": EPOCH.isoformat(),
                      "stage": "Build"},
        },
    }  # fmt: skip
    return json.dumps(state).encode()


@pytest.fixture
def path(tmp_path, monkeypatch):
    """A store as the release before left it."""
    path = tmp_path / "old.db"
    whole = database_module._schema()
    monkeypatch.setattr(database_module, "_schema", lambda: whole[:BEFORE])
    old = Database(path)
    with old.writing() as connection:
        for fact in facts():
            connection.execute(
                "INSERT INTO fact (at, kind, subject, body) VALUES (?, ?, ?, ?)",
                (instant_text(fact.at), fact.kind, fact.subject, encode_fact(fact)),
            )
        for row in OLD_ROWS:
            connection.execute(row, {"at": instant_text(EPOCH)})
        connection.execute("INSERT INTO pipeline_state VALUES ('flow', ?)", (old_state(),))
    old.close()
    monkeypatch.setattr(database_module, "_schema", lambda: whole)
    return path


def test_rows_are_filled_in_from_the_journal_as_replay_would(path):
    migrated, replayed = Store(path), Store(None)
    with replayed.transaction() as transaction:
        for fact in facts():
            transaction.append(fact)
        want = tables(transaction.connection)
    with migrated.view() as view:
        have = tables(view.connection)
    for name in ("run", "stage_run", "attempt", "definition", "condition"):
        if name != "stage_run":
            assert have[name] == want[name], name
    retried = next(row for row in have["stage_run"] if row[0] == RUN)
    assert retried[-4:] == (1, 0, "AutomatedStageRetry", instant_text(EPOCH))
    migrated.close()
    replayed.close()


def test_the_live_state_goes_on_where_it_stood(path):
    store = Store(path)
    with store.view() as view:
        state = view.state("flow")
    store.close()
    assert isinstance(state.declaration, Pipeline)
    assert state.stage("Build").inbound == (WAITS,)
    assert state.stage("Build").occupant == RUN
    assert {run.version for run in state.runs.values()} == {1}
    left = evolve(state, f.StageFailed(at=EPOCH, pipeline="flow", run=RUN, stage="Build"))
    assert left.stage("Build").occupant is None


def test_a_state_without_runs_is_migrated_too(path):
    store = Store(path)
    with store.transaction() as transaction:
        transaction.save_state(State(pipeline="empty"))
    with store.view() as view:
        assert view.state("empty") == State(pipeline="empty")
    store.close()

"""Executions and attempts as the tables keep them, with all that CodePipeline tells of them."""

from collections.abc import Iterator
from typing import Any, Final, cast

import msgspec

from laststop.homes.embedded.store.journal import View
from laststop.homes.embedded.store.statements import load
from laststop.pipeline.declaration import ExecutionMode, Pipeline
from laststop.pipeline.wire.shapes import ActionStatus, ExecutionStatus, ExecutionType
from laststop.words.artifact import Artifact
from laststop.words.bill import Bill, Revision
from laststop.words.facts_pipeline import TriggerType
from laststop.words.failure import Failure
from laststop.words.ids import AttemptKey, RunId
from laststop.words.instants import Instant, parse_instant

SQL: Final = load("codepipeline.sql")
NEWEST: Final = 2**62


class ExecutionRow(msgspec.Struct, frozen=True, kw_only=True):
    """A run, live or ended, as CodePipeline tells of it."""

    id: RunId
    ordinal: int
    pipeline: str
    status: ExecutionStatus
    started_at: Instant
    updated_at: Instant
    bill: Bill
    reason: str
    version: int
    mode: ExecutionMode
    type: ExecutionType
    target: RunId | None
    trigger_type: TriggerType
    trigger_detail: str
    variables: dict[str, str]


class AttemptRow(msgspec.Struct, frozen=True, kw_only=True):
    """One attempt at one action or rule; a rule's name has its gate before it: `onSuccess:NAME`."""

    version: int
    key: AttemptKey
    provider: str
    status: ActionStatus
    started_at: Instant
    ended_at: Instant | None
    configuration: dict[str, str]
    inputs: tuple[Artifact, ...]
    artifacts: tuple[Artifact, ...]
    variables: dict[str, str]
    summary: str
    external_id: str
    failure: Failure | None
    revision: Revision | None
    by: str

    @property
    def updated_at(self) -> Instant:
        """When it changed last."""
        return self.ended_at or self.started_at


class Place(msgspec.Struct, frozen=True, kw_only=True, array_like=True):
    """Where a page of attempts ends; the greatest is before all of them."""

    started_at: str = "9"
    run: str = ""
    stage: str = ""
    action: str = ""
    attempt: int = 0


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """Which attempts are listed; `since` as the tables write instants."""

    pipeline: str
    rules: bool
    run: str | None = None
    since: str = ""


def execution_row(view: View, run: str) -> ExecutionRow | None:
    """One run; None when there is none, or retention let go of it."""
    row = view.connection.execute(SQL["execution"], (run,)).fetchone()
    return _execution(row) if row else None


def execution_page(
    view: View, pipeline: str, *, before: int, limit: int, succeeded_in: str | None
) -> list[ExecutionRow]:
    """Runs of a pipeline, the newest first, from behind an ordinal on."""
    rows = view.connection.execute(SQL["executions"], (pipeline, before, succeeded_in, limit)).fetchall()
    found = (execution_row(view, run) for run, _ in rows)
    return [each for each in found if each is not None]


def newest_attempt(view: View, pipeline: str, stage: str, action: str) -> AttemptRow | None:
    """The attempt that began last, of whichever run; None while there is none."""
    row = view.connection.execute(SQL["newest_attempt"], (pipeline, stage, action)).fetchone()
    return _attempt(row) if row else None


def attempt_page(view: View, wanted: Wanted, *, behind: Place, limit: int) -> list[AttemptRow]:
    """Attempts, the newest first, from behind a place on."""
    values = (
        wanted.pipeline,
        wanted.run,
        wanted.rules,
        wanted.since,
        *msgspec.structs.astuple(behind),
        limit,
    )
    return [_attempt(row) for row in view.connection.execute(SQL["attempts"], values)]


def attempt_keys(view: View, pipeline: str) -> Iterator[AttemptKey]:
    """The keys of all attempts that are kept."""
    for run, stage, action, attempt in view.connection.execute(SQL["attempt_exists"], (pipeline,)):
        yield AttemptKey(run=RunId(run), stage=stage, action=action, attempt=attempt)


def succeeded_in(view: View, run: RunId, stage: str) -> bool:
    """Whether a run succeeded in a stage, the last time it was there."""
    return view.connection.execute(SQL["succeeded_in"], (run, stage)).fetchone() is not None


def succeeded_attempts(view: View, run: ExecutionRow) -> list[AttemptRow]:
    """Attempts at actions that ended well, in the order they began."""
    return [_attempt(row) for row in view.connection.execute(SQL["succeeded_attempts"], (run.id,))]


def latest_start(view: View, run: str) -> str:
    """When a run was retried last, or began, as the tables write instants; empty for none that is kept."""
    row = view.connection.execute(SQL["latest_start"], (run,)).fetchone()
    return str(row[0]) if row else ""


def definition(view: View, pipeline: str, version: int) -> Pipeline | None:
    """A pipeline's declaration in one version."""
    row = view.connection.execute(SQL["definition"], (pipeline, version)).fetchone()
    return msgspec.json.decode(row[0], type=Pipeline) if row else None


def declared(view: View, pipeline: str) -> tuple[Instant, Instant]:
    """When a pipeline was declared first and last."""
    first, last = view.connection.execute(SQL["declared"], (pipeline,)).fetchone()
    return parse_instant(first), parse_instant(last)


def _execution(row: tuple[Any, ...]) -> ExecutionRow:
    identity, ordinal, pipeline, status, started_at, _, bill, reason, *rest = row
    version, mode, kind, target, trigger, detail, variables, updated_at = rest
    return ExecutionRow(
        id=RunId(identity),
        ordinal=ordinal,
        pipeline=pipeline,
        status=status,
        started_at=parse_instant(started_at),
        updated_at=parse_instant(updated_at),
        bill=msgspec.json.decode(bill, type=Bill) if bill else Bill(),
        reason=reason,
        version=version,
        mode=mode,
        type=kind,
        target=RunId(target) if target else None,
        trigger_type=trigger,
        trigger_detail=detail,
        variables=msgspec.json.decode(variables, type=dict[str, str]),
    )


def _attempt(row: tuple[Any, ...]) -> AttemptRow:
    version, run, stage, action, attempt, provider, status, started_at, ended_at, *rest = row
    configuration, inputs, artifacts, variables, summary, external_id, failure, revision, by = rest
    return AttemptRow(
        version=version,
        key=AttemptKey(run=RunId(run), stage=stage, action=action, attempt=attempt),
        provider=provider,
        status=cast("ActionStatus", status),
        started_at=parse_instant(started_at),
        ended_at=parse_instant(ended_at) if ended_at else None,
        configuration=msgspec.json.decode(configuration, type=dict[str, str]),
        inputs=msgspec.json.decode(inputs, type=tuple[Artifact, ...]),
        artifacts=msgspec.json.decode(artifacts, type=tuple[Artifact, ...]),
        variables=msgspec.json.decode(variables, type=dict[str, str]),
        summary=summary,
        external_id=external_id,
        failure=msgspec.json.decode(failure, type=Failure) if failure else None,
        revision=msgspec.json.decode(revision, type=Revision) if revision else None,
        by=by,
    )

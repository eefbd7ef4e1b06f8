"""Runs as the tables keep them."""

from typing import Any

import msgspec

from laststop.errors import ConflictError, NotFoundError, UsageError
from laststop.functions.ports import RunFacts
from laststop.homes.embedded.store.journal import Store, View
from laststop.homes.embedded.store.statements import load
from laststop.words.artifact import Artifact
from laststop.words.bill import Bill
from laststop.words.failure import Failure
from laststop.words.ids import RunId
from laststop.words.instants import Instant, parse_instant

_SQL = load("runs.sql")
_NEWEST = 2**62
FULL_ID_LENGTH = 36


class RunRow(msgspec.Struct, frozen=True, kw_only=True):
    """A run, live or ended. `bill` is None until its sources have been read; `target` is a rollback's."""

    id: RunId
    pipeline: str
    status: str
    cause: str
    started_at: Instant
    ended_at: Instant | None
    stage: str
    bill: Bill | None
    reason: str
    ordinal: int
    target: RunId | None = None

    @property
    def live(self) -> bool:
        """Whether it is under way."""
        return self.status in ("InProgress", "Stopping")


class StageRow(msgspec.Struct, frozen=True, kw_only=True):
    """One run in one stage."""

    stage: str
    status: str
    waiting_at: Instant | None
    entered_at: Instant | None
    ended_at: Instant | None


class AttemptRow(msgspec.Struct, frozen=True, kw_only=True):
    """One attempt at one action."""

    stage: str
    action: str
    attempt: int
    provider: str
    status: str
    started_at: Instant
    ended_at: Instant | None
    job: int
    artifacts: tuple[Artifact, ...]
    variables: dict[str, str]
    summary: str
    external_id: str
    failure: Failure | None


class BuildOrigin(msgspec.Struct, frozen=True, kw_only=True):
    """What a build says of its run: `number` counts runs, `revisions` lead from artifact to revision."""

    number: int
    revisions: dict[str, str]


class StoredRuns:
    """The `Runs` port over the store."""

    def __init__(self, store: Store) -> None:
        """Reads only."""
        self._store = store

    def get(self, run: RunId) -> RunFacts:
        """A run whose bill is closed."""
        with self._store.view() as view:
            row = run_row(view, run)
        if row.bill is None:
            raise ConflictError(f"the sources of run {run} are still being read")
        return RunFacts(
            id=row.id,
            pipeline=row.pipeline,
            cause=row.cause,
            started_at=row.started_at,
            bill=row.bill,
            target=row.target,
        )

    def build_origin(self, run: RunId) -> BuildOrigin:
        """What a run's artifacts were made of; before the bill is closed, nothing."""
        with self._store.view() as view:
            row = run_row(view, run)
            bill = row.bill or Bill()
            made = {
                artifact.name: revision.id
                for attempt in attempt_rows(view, run)
                if (revision := bill.of(attempt.action)) is not None
                for artifact in attempt.artifacts
            }
        return BuildOrigin(number=row.ordinal, revisions=made)


def run_row(view: View, run: str) -> RunRow:
    """A run by its id.

    Raises: NotFoundError.
    """
    row = kept_run(view, run)
    if row is None:
        raise NotFoundError(f"there is no run {run}", hint="see: laststop run list")
    return row


def kept_run(view: View, run: str) -> RunRow | None:
    """A run by its id; None when retention let go of it, though verdicts may still name it."""
    row = view.connection.execute(_SQL["one"], (run,)).fetchone()
    return _run(row) if row else None


def find_run(view: View, text: str) -> RunRow:
    """A run by its id, by the beginning of it, or the newest one for `latest`.

    Raises: NotFoundError when there is none, UsageError when the beginning fits several.
    """
    if text == "latest":
        rows = newest_runs(view, 1)
        if not rows:
            raise NotFoundError("there is no run yet", hint="start one: laststop run start")
        return rows[0]
    if len(text) >= FULL_ID_LENGTH:
        return run_row(view, text)
    found = view.connection.execute(_SQL["by_prefix"], (text,)).fetchall()
    if len(found) > 1:
        raise UsageError(f"several runs begin with {text}", hint="give more of the id")
    return run_row(view, found[0][0] if found else text)


def newest_runs(view: View, limit: int, before: int = _NEWEST, *, pipeline: str = "") -> tuple[RunRow, ...]:
    """Runs of one pipeline, or of all, the newest first; `before` an ordinal, to page on."""
    rows = view.connection.execute(_SQL["newest"], (before, limit, pipeline))
    return tuple(_run(row) for row in rows)


def stage_rows(view: View, run: RunId) -> tuple[StageRow, ...]:
    """The stages a run came to."""
    return tuple(
        StageRow(
            stage=stage,
            status=status,
            waiting_at=_at(waiting),
            entered_at=_at(entered),
            ended_at=_at(ended),
        )
        for stage, status, waiting, entered, ended in view.connection.execute(_SQL["stages"], (run,))
    )


def attempt_rows(view: View, run: RunId) -> tuple[AttemptRow, ...]:
    """All attempts of a run, in the order they began."""
    return tuple(_attempt(row) for row in view.connection.execute(_SQL["attempts"], (run,)))


def first_run_with(view: View, location: str, generation: int) -> RunId | None:
    """The first run whose bill has at least this generation of a document."""
    row = view.connection.execute(_SQL["first_with"], (location, generation)).fetchone()
    return RunId(row[0]) if row else None


def _at(text: str | None) -> Instant | None:
    return parse_instant(text) if text else None


def _run(row: tuple[Any, ...]) -> RunRow:
    identity, pipeline, status, cause, started_at, ended_at, stage, bill, reason, ordinal, target = row
    return RunRow(
        id=RunId(identity),
        pipeline=pipeline,
        status=status,
        cause=cause,
        started_at=parse_instant(started_at),
        ended_at=_at(ended_at),
        stage=stage,
        bill=msgspec.json.decode(bill, type=Bill) if bill else None,
        reason=reason,
        ordinal=ordinal,
        target=RunId(target) if target else None,
    )


def _attempt(row: tuple[Any, ...]) -> AttemptRow:
    stage, action, attempt, provider, status, started_at, ended_at, job, *rest = row
    artifacts, variables, summary, external_id, failure = rest
    return AttemptRow(
        stage=stage,
        action=action,
        attempt=attempt,
        provider=provider,
        status=status,
        started_at=parse_instant(started_at),
        ended_at=_at(ended_at),
        job=job,
        artifacts=msgspec.json.decode(artifacts, type=tuple[Artifact, ...]),
        variables=msgspec.json.decode(variables, type=dict[str, str]),
        summary=summary,
        external_id=external_id,
        failure=msgspec.json.decode(failure, type=Failure) if failure else None,
    )

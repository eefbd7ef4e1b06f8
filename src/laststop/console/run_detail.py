"""One run with everything that happened in it, as the API gives it."""

import msgspec

from laststop.homes.embedded.folders import Folders
from laststop.homes.embedded.listing import run_line
from laststop.homes.embedded.report_file import AttemptReports, reports_of
from laststop.homes.embedded.runs import AttemptRow, RunRow, StageRow, attempt_rows, stage_rows
from laststop.homes.embedded.store.journal import View
from laststop.homes.embedded.store.statements import load
from laststop.homes.shared.listing import RunLine
from laststop.words.bill import Revision
from laststop.words.failure import Failure
from laststop.words.instants import Instant, instant_text

_NOTICES = load("notices.sql")


class AttemptDetail(msgspec.Struct, frozen=True, kw_only=True):
    """One attempt at one action."""

    action: str
    attempt: int
    provider: str
    status: str
    started_at: str
    ended_at: str | None
    summary: str
    failure: Failure | None


class StageDetail(msgspec.Struct, frozen=True, kw_only=True):
    """A stage the run came to, with its attempts in the order they began."""

    name: str
    status: str
    waiting_at: str | None
    entered_at: str | None
    ended_at: str | None
    attempts: tuple[AttemptDetail, ...]


class RunDetail(RunLine, frozen=True, kw_only=True):
    """A run; `revisions` is its bill in full, empty while its sources are read.

    `tests` are the reports of its builds, of whose cases only bad ones are listed, at most 50 of each.
    """

    stage: str
    reason: str
    revisions: tuple[Revision, ...]
    stages: tuple[StageDetail, ...]
    tests: tuple[AttemptReports, ...]
    message: str


def run_detail(view: View, row: RunRow, folders: Folders) -> RunDetail:
    """Everything a view holds of a run, and what its tests said."""
    attempts = attempt_rows(view, row.id)
    return RunDetail(
        **msgspec.structs.asdict(run_line(row)),
        stage=row.stage,
        reason=row.reason,
        revisions=row.bill.revisions if row.bill else (),
        stages=tuple(_stage(stage, attempts) for stage in stage_rows(view, row.id)),
        tests=reports_of(folders, row.id, attempts),
        message=message_of(view, row),
    )


def message_of(view: View, row: RunRow) -> str:
    """What people are told of a run; empty while they are told nothing."""
    found = view.connection.execute(_NOTICES["message"], (row.id,)).fetchone()
    return str(found[1]) if found else ""


def _stage(stage: StageRow, attempts: tuple[AttemptRow, ...]) -> StageDetail:
    return StageDetail(
        name=stage.stage,
        status=stage.status,
        waiting_at=_text(stage.waiting_at),
        entered_at=_text(stage.entered_at),
        ended_at=_text(stage.ended_at),
        attempts=tuple(_attempt(each) for each in attempts if each.stage == stage.stage),
    )


def _attempt(each: AttemptRow) -> AttemptDetail:
    return AttemptDetail(
        action=each.action,
        attempt=each.attempt,
        provider=each.provider,
        status=each.status,
        started_at=instant_text(each.started_at),
        ended_at=_text(each.ended_at),
        summary=each.summary,
        failure=each.failure,
    )


def _text(at: Instant | None) -> str | None:
    return instant_text(at) if at else None

"""Runs as the pipeline itself remembers them: what is under way, what ended, and how."""

from typing import Protocol

import msgspec

from laststop.errors import NotFoundError
from laststop.words.bill import Bill
from laststop.words.failure import Failure
from laststop.words.ids import RunId
from laststop.words.instants import Instant

IN_FLIGHT = frozenset({"InProgress", "Stopping"})
"""Statuses of a run that may still change the site."""


class Past(msgspec.Struct, frozen=True, kw_only=True):
    """One run in the list of runs; `sources` leads from a source action to the revision it read, once known.

    `status` is CodePipeline's (`InProgress`, `Succeeded`, `Superseded`, ...). `updated_at` is when it last
    changed, where the pipeline says so.
    """

    id: RunId
    status: str
    cause: str
    started_at: Instant
    sources: dict[str, str] = {}
    trigger: str = ""
    updated_at: Instant | None = None

    @property
    def in_flight(self) -> bool:
        """Whether it is under way, or waits for a stage."""
        return self.status in IN_FLIGHT


class Broken(msgspec.Struct, frozen=True, kw_only=True):
    """The newest failed attempt of a run; `external_id` is the build, where it was one."""

    stage: str
    action: str
    attempt: int
    failure: Failure
    external_id: str = ""


class Detail(msgspec.Struct, frozen=True, kw_only=True):
    """One run, looked at closely. `stages` counts those it has entered; `bill` is None until it is closed."""

    past: Past
    stage: str = ""
    stages: int = 0
    bill: Bill | None = None
    broken: Broken | None = None


class History(Protocol):
    """Reads what the pipeline knows; nothing of it is kept by us.

    Raises: any method may raise TransientError when the pipeline is throttled, and DeniedError.
    """

    def newest(self, limit: int) -> tuple[Past, ...]:
        """Runs, the one begun last first."""
        ...

    def detail(self, run: RunId) -> Detail:
        """A run with its stages and its newest failure.

        Raises: NotFoundError when the pipeline no longer knows it (AWS keeps a year).
        """
        ...

    def log(self, external_id: str) -> tuple[str, ...]:
        """The lines a build has written so far; the last ones may come half a minute after its end."""
        ...


def found(history: History, run: RunId) -> Detail | None:
    """A run, or None when the pipeline no longer knows it."""
    try:
        return history.detail(run)
    except NotFoundError:
        return None

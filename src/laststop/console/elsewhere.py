"""What a console shows of a home that is not on this machine: read by a port, without orders."""

from typing import Protocol

import msgspec

from laststop.homes.shared.listing import AttemptLine, ReleaseRow, RunLine, VersionLine
from laststop.homes.shared.tracing import Trace
from laststop.site.live import Hold


class Now(msgspec.Struct, frozen=True, kw_only=True):
    """What is live, and the newest runs; `live` is None before the first release."""

    live: ReleaseRow | None
    hold: Hold | None
    runs: tuple[RunLine, ...]
    page_url: str


class RunTold(msgspec.Struct, frozen=True, kw_only=True):
    """A run, with its attempts, the one begun first first."""

    run: RunLine
    attempts: tuple[AttemptLine, ...]


class Elsewhere(Protocol):
    """Each look is made anew; nothing is remembered.

    Concurrency: any thread.
    Raises: any method may raise TransientError and DeniedError.
    """

    def now(self) -> Now:
        """What the first page says."""
        ...

    def runs(self, limit: int) -> tuple[RunLine, ...]:
        """The newest runs; `ended_at` is when an ended one last changed."""
        ...

    def run(self, identity: str) -> RunTold:
        """One run.

        Raises: NotFoundError.
        """
        ...

    def versions(
        self, *, type_: str | None, after: tuple[str, str] | None, limit: int
    ) -> tuple[VersionLine, ...]:
        """The catalog with its verdicts, in the home's own order, behind `after`."""
        ...

    def releases(self) -> tuple[ReleaseRow, ...]:
        """The kept releases, the newest first."""
        ...

    def trace(self, algorithm: str, version: str | None) -> Trace:
        """Where a change is.

        Raises: NotFoundError when the catalog has no such version.
        """
        ...

"""What people and scripts see of catalog, runs and releases, the same in both homes: one value per line."""

from typing import Final

import msgspec

from laststop.errors import UsageError
from laststop.words.ids import ReleaseId, RunId
from laststop.words.instants import Instant, instant_text

NOT_READ: Final = "recorded, and not published yet"


class VersionLine(msgspec.Struct, frozen=True, kw_only=True):
    """A version with the verdict on its newest change; no verdict while it was never released."""

    algorithm: str
    version: str
    type: str
    phase: str
    verdict: str | None
    reason: str
    run: str | None


class RunLine(msgspec.Struct, frozen=True, kw_only=True):
    """A run; `bill` leads from source action to revision."""

    id: str
    pipeline: str
    status: str
    cause: str
    bill: dict[str, str]
    started_at: str
    ended_at: str | None


class AttemptLine(msgspec.Struct, frozen=True, kw_only=True):
    """One attempt at an action; `says` is its summary, or why it failed."""

    stage: str
    action: str
    status: str
    updated_at: Instant
    says: str


class ReleaseLine(msgspec.Struct, frozen=True, kw_only=True):
    """A kept release."""

    id: str
    run: str
    live: bool
    switched_at: str


class ReleaseRow(msgspec.Struct, frozen=True, kw_only=True):
    """A release that was live at some time and is kept."""

    id: ReleaseId
    run: RunId
    live: bool
    switched_at: Instant
    seen_at: Instant | None
    files: int
    size_bytes: int
    unseen_reason: str

    @property
    def line(self) -> ReleaseLine:
        """As scripts see it."""
        return ReleaseLine(
            id=self.id, run=self.run, live=self.live, switched_at=instant_text(self.switched_at)
        )


def place_behind(line: VersionLine) -> str:
    """The text that asks for what follows a line."""
    return f"{line.algorithm}/{line.version}"


def read_place(text: str, where: str) -> tuple[str, str]:
    """An algorithm and a version out of `NAME/VERSION`; neither can have a slash.

    Raises: UsageError naming `where` it stands.
    """
    algorithm, slash, version = text.partition("/")
    if not (algorithm and slash and version):
        raise UsageError(f"{text[:80]!r} is no NAME/VERSION", place=where)
    return algorithm, version

"""Facts of the site: what was switched, purged, seen, held."""

from typing import Literal

import msgspec

from laststop.words.bill import Bill
from laststop.words.fact import Fact
from laststop.words.ids import Digest, ReleaseId, RunId
from laststop.words.instants import Instant


class ReleaseFact(Fact, frozen=True, kw_only=True):
    """A fact about one release."""

    release: ReleaseId

    @property
    def subject(self) -> str:
        """The release."""
        return self.release


class HighWaterMark(msgspec.Struct, frozen=True, kw_only=True):
    """The highest generation of every document ever live, and the newest run that ever went live."""

    generations: dict[str, int]
    decided_at: Instant
    run: RunId


class ReleaseStored(ReleaseFact, frozen=True, kw_only=True, tag="release.stored"):
    """A release is complete in the store: it can be switched to."""

    run: RunId
    bill: Bill
    manifest: Digest
    files: int
    size_bytes: int


class ReleaseSwitched(ReleaseFact, frozen=True, kw_only=True, tag="release.switched"):
    """The pointer names this release now. `epoch` grows by one with every write of the pointer."""

    run: RunId
    bill: Bill
    epoch: int
    mark: HighWaterMark
    previous: ReleaseId | None = None
    hold_reason: str = ""
    hold_by: str = ""


class HighWaterRaised(ReleaseFact, frozen=True, kw_only=True, tag="release.marked"):
    """A run brought nothing new, but was the newest: the fence keeps out what was decided before it."""

    epoch: int
    mark: HighWaterMark


class ReleaseRefused(Fact, frozen=True, kw_only=True, tag="release.refused"):
    """A run's release was not switched to; the site is as it was."""

    run: RunId
    outcome: Literal["overtaken", "unchanged", "held"]
    reason: str
    fresh_run_wanted: bool = False

    @property
    def subject(self) -> str:
        """The run."""
        return self.run


class EdgePurged(ReleaseFact, frozen=True, kw_only=True, tag="edge.purged"):
    """The edge confirmed that these paths are gone from its cache."""

    reference: str
    paths: tuple[str, ...]
    edges: int


class ReleaseSeen(ReleaseFact, frozen=True, kw_only=True, tag="release.seen"):
    """Every edge was seen to serve the release: it is proven."""

    run: RunId
    edges: tuple[str, ...]
    pages: int


class ReleaseUnseen(ReleaseFact, frozen=True, kw_only=True, tag="release.unseen"):
    """At the end of the bound some edge still served something older; it is looked at again."""

    run: RunId
    reason: str


class ReleaseRemoved(ReleaseFact, frozen=True, kw_only=True, tag="release.removed"):
    """Retention removed a release that is no longer kept."""


class HoldSet(ReleaseFact, frozen=True, kw_only=True, tag="release.held"):
    """The site stays at this release until the hold is lifted."""

    epoch: int
    reason: str
    by: str = ""


class HoldLifted(ReleaseFact, frozen=True, kw_only=True, tag="release.lifted"):
    """Changes flow again."""

    epoch: int


class Forgotten(Fact, frozen=True, kw_only=True, tag="retention.forgot"):
    """Retention let go of ended runs and of document versions that nothing names any more."""

    runs: tuple[RunId, ...] = ()
    documents: tuple[str, ...] = ()

    @property
    def subject(self) -> str:
        """Retention itself."""
        return "retention"

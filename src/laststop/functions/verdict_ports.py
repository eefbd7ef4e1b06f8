"""What settling verdicts needs of the ledger."""

from collections.abc import Iterable
from typing import Protocol

import msgspec

from laststop.notices.judge import Published
from laststop.site.live import Release
from laststop.words.ids import ReleaseId, RunId
from laststop.words.instants import Instant
from laststop.words.verdicts import Verdict, VerdictKind


class OpenChange(msgspec.Struct, frozen=True, kw_only=True):
    """A change without a final verdict; `key` is the ledger's own name for it, `kind` what is noted now."""

    key: str
    change: Published
    kind: VerdictKind
    run: RunId | None = None
    recorded_at: Instant


class Verdicts(Protocol):
    """The verdict of every change.

    Raises: any method may raise TransientError and DeniedError.
    """

    def open(self) -> Iterable[OpenChange]:
        """Changes without a final verdict, the oldest first; what is published meanwhile may be missed."""
        ...

    def settle(self, change: OpenChange, verdict: Verdict) -> None:
        """Note a verdict, unless a final one is noted already; harmless to repeat."""
        ...

    def known(self, algorithm: str) -> frozenset[str]:
        """The versions of an algorithm of which some change is known, open or settled."""
        ...


class ProofNote(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of how a release shows: when every edge was seen to, or why not yet."""

    seen_at: Instant | None = None
    unseen: str = ""


class Proofs(Protocol):
    """What the ledger keeps of runs and their releases, to be read."""

    def proven(self) -> Release | None:
        """The release proven last, or None before the first proof."""
        ...

    def note(self, release: ReleaseId) -> ProofNote:
        """How a release shows; an empty note for one that nobody looked at."""
        ...

    def release_of(self, run: RunId) -> Release | None:
        """The release a run stored, switched to or not; None when it stored none."""
        ...

    def before(self, release: ReleaseId) -> Release | None:
        """The release that was live when this one was first switched to; None for the first."""
        ...

    def refusal(self, run: RunId) -> str:
        """Why the site did not move for a run; empty when it did, or was not asked to."""
        ...

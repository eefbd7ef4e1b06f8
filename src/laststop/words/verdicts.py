"""What became of one change."""

from enum import StrEnum

import msgspec

from laststop.words.ids import RunId


class VerdictKind(StrEnum):
    """The five words; `live`, `replaced` and `rejected` are final and written once."""

    PENDING = "pending"
    """Not judged yet; the reason says what it waits for."""
    LIVE = "live"
    """A proven release shows this version."""
    REPLACED = "replaced"
    """A proven release shows a higher, or the pinned, version of the algorithm."""
    REJECTED = "rejected"
    """The record cannot be used, or the version left its release phase unseen."""
    FAILED = "failed"
    """The run that held it ended badly and no later one holds it; a retry or a new run may turn it."""

    @property
    def final(self) -> bool:
        """Whether nothing may change it any more."""
        return self in (VerdictKind.LIVE, VerdictKind.REPLACED, VerdictKind.REJECTED)


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """A judgement, with the reason a person needs and the run that settled or holds it."""

    kind: VerdictKind
    reason: str
    run: RunId | None = None

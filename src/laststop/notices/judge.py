"""What became of a change: a verdict is judged from what is proven, never carried along by a run.

Publishing notes for every change into a release phase the generation of the document that takes it into
account. A proven release whose document is at least that new settles it for ever: it shows the version
(`live`), shows another one although the version counts (`replaced`: higher, or pinned), or shows that the
version no longer counted by then (`rejected`). Until such a proof the change is `pending`, or `failed` while
the newest run that holds it has ended badly.
"""

import msgspec

from laststop.catalog.order import choice_key
from laststop.words.ids import ReleaseId, RunId
from laststop.words.verdicts import Verdict, VerdictKind


class Published(msgspec.Struct, frozen=True, kw_only=True):
    """A change into a release phase, and the generation of its document that first took it into account."""

    algorithm: str
    version: str
    type: str
    object: str
    generation: int


class Proven(msgspec.Struct, frozen=True, kw_only=True):
    """A release seen through every edge: its documents' generations by object, and what they name active."""

    release: ReleaseId
    run: RunId
    generations: dict[str, int]
    active: dict[str, str]


class Holding(msgspec.Struct, frozen=True, kw_only=True):
    """The newest run whose bill holds a change. `waits` says what a live or unproven one waits for."""

    run: RunId
    status: str
    waits: str = ""
    failure: str = ""


ENDED_BADLY = ("Failed", "Stopped", "Cancelled")


def covers(proven: Proven, change: Published) -> bool:
    """Whether a proven release takes a change into account, so that it settles it for ever."""
    return proven.generations.get(change.object, -1) >= change.generation


def judge(
    change: Published,
    *,
    counts: bool,
    proven: Proven | None,
    holding: Holding | None,
    waits: str,
    allow_prereleases: bool = False,
) -> Verdict:
    """The verdict on a change as things stand.

    `counts` is whether the version counts now, asked only once a proof covers the change; `waits` is what a
    change without a run waits for.
    """
    if proven is not None and covers(proven, change):
        return _final(change, counts=counts, proven=proven, allow_prereleases=allow_prereleases)
    if holding is None:
        return Verdict(kind=VerdictKind.PENDING, reason=waits)
    if holding.status in ENDED_BADLY:
        reason = holding.failure or f"run {holding.run} was {holding.status.lower()}"
        return Verdict(kind=VerdictKind.FAILED, reason=reason, run=holding.run)
    return Verdict(kind=VerdictKind.PENDING, reason=holding.waits or waits, run=holding.run)


def _final(change: Published, *, counts: bool, proven: Proven, allow_prereleases: bool) -> Verdict:
    shown = proven.active.get(change.algorithm)
    if shown == change.version:
        return Verdict(kind=VerdictKind.LIVE, reason=f"the page shows {shown}", run=proven.run)
    if shown is not None:
        higher = choice_key(shown, allow_prereleases=allow_prereleases) > choice_key(
            change.version, allow_prereleases=allow_prereleases
        )
        if higher or counts:
            why = "a higher version" if higher else "the pinned version"
            return Verdict(kind=VerdictKind.REPLACED, reason=f"the page shows {why}: {shown}", run=proven.run)
    return Verdict(
        kind=VerdictKind.REJECTED,
        reason="the version left its release phase before it was shown",
        run=proven.run,
    )

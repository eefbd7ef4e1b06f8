"""The fence in front of the switch: the site never goes backwards by itself.

Theory. Every run carries one generation per metadata document and the instant it was decided at. The newest
values that ever went live are the high-water mark. A run is *older* iff some generation of its bill is below
the mark's, or all are equal to it and it was decided earlier. Git commits are never compared: they have no
order, and a force-push is as new as any push.

An older run changes nothing; that is a success that says so. If it holds something the site lacks in
another source, one fresh run with the newest heads is asked for: it holds all that is newest, so the question
ends there. A way back (rollback) passes and leaves the mark where it is, so lifting its hold lets through
only what is as new as the site has ever been.

Limit: a document whose generation starts again (deleted and made anew under its old location) stays below
the mark until it has grown past it; a new location starts afresh.
"""

import msgspec

from laststop.site.live import HighWater, Live
from laststop.words.bill import Bill, Revision
from laststop.words.ids import ReleaseId, RunId
from laststop.words.instants import Instant, instant_text


class Pass(msgspec.Struct, frozen=True, kw_only=True):
    """Switch, and keep `high_water` with the new pointer."""

    high_water: HighWater


class AlreadyLive(msgspec.Struct, frozen=True, kw_only=True):
    """What is live is what the run would switch to: its action is repeated, or its way back is no way."""

    release: ReleaseId


class Unchanged(msgspec.Struct, frozen=True, kw_only=True):
    """The live release, built by `run`, has an equal bill: nothing is released again.

    `high_water` is worth writing where it is higher than the pointer's: it keeps out runs decided between.
    """

    run: RunId
    release: ReleaseId
    high_water: HighWater


class Overtaken(msgspec.Struct, frozen=True, kw_only=True):
    """A newer run was faster. `document` names where it is newer; empty when it was decided later."""

    by: RunId
    fresh_run_wanted: bool
    document: str = ""
    mine: int | None = None
    theirs: int | None = None
    decided_at: Instant
    theirs_decided_at: Instant

    @property
    def reason(self) -> str:
        """Why, in words."""
        if self.document:
            return (
                f"run {self.by} brought {self.document} to generation {self.theirs};"
                f" this run holds generation {self.mine}"
            )
        return (
            f"run {self.by} holds the same documents and was decided later"
            f" ({instant_text(self.theirs_decided_at)}, this one {instant_text(self.decided_at)})"
        )


class Held(msgspec.Struct, frozen=True, kw_only=True):
    """The site is held at `release`; the run's changes wait."""

    release: ReleaseId
    reason: str


Judgement = Pass | AlreadyLive | Unchanged | Overtaken | Held


def judge_switch(
    *, run: RunId, bill: Bill, decided_at: Instant, live: Live | None, way_back: bool = False
) -> Judgement:
    """Decide whether a run may switch the site from what is live now.

    The answer holds for `live.epoch` only: the switch is written on condition that it has not moved.
    """
    own = HighWater(generations=bill.generations, decided_at=decided_at, run=run)
    if live is None:
        return Pass(high_water=own)
    if live.run == run and live.bill.digest == bill.digest:
        return AlreadyLive(release=live.release)
    if way_back and live.bill.digest == bill.digest:
        return AlreadyLive(release=live.release)
    if way_back:
        return Pass(high_water=live.high_water)
    if live.hold:
        return Held(release=live.release, reason=live.hold.reason)
    mark = live.high_water
    raised = mark.raised(generations=own.generations, decided_at=decided_at, run=run)
    if live.bill.digest == bill.digest:
        newer = not _is_older(own, mark)
        return Unchanged(run=live.run, release=live.release, high_water=raised if newer else mark)
    if _is_older(own, mark):
        document = _lower_document(own, mark)
        return Overtaken(
            by=mark.run,
            document=document,
            mine=own.generations.get(document),
            theirs=mark.generations.get(document),
            decided_at=decided_at,
            theirs_decided_at=mark.decided_at,
            fresh_run_wanted=_holds_something_newer(bill, live.bill),
        )
    return Pass(high_water=raised)


def _lower_document(own: HighWater, mark: HighWater) -> str:
    """The first document of the run below the mark; one that either side lacks says nothing."""
    lower = (
        location
        for location, generation in own.generations.items()
        if generation < mark.generations.get(location, generation)
    )
    return min(lower, default="")


def _is_older(own: HighWater, mark: HighWater) -> bool:
    if _lower_document(own, mark):
        return True
    ahead = any(
        generation > mark.generations.get(location, -1) for location, generation in own.generations.items()
    )
    return not ahead and own.decided_at < mark.decided_at


def _holds_something_newer(bill: Bill, live: Bill) -> bool:
    """A document generation above the live one, or a revision without order that is not the live one."""

    def is_newer(revision: Revision) -> bool:
        shown = live.of(revision.action)
        if shown is None or revision.generation is None or shown.generation is None:
            return shown is None or revision.id != shown.id
        return revision.generation > shown.generation

    return any(is_newer(revision) for revision in bill.revisions)

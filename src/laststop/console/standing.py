"""What is live, as one sentence needs it."""

from typing import Literal

import msgspec

from laststop.errors import NotFoundError
from laststop.homes.embedded.ledger import active_versions
from laststop.homes.embedded.listing import release_rows
from laststop.homes.embedded.pointer import live_of
from laststop.homes.embedded.store.journal import View
from laststop.site.live import Hold
from laststop.words.bill import Bill, Revision
from laststop.words.ids import ReleaseId, RunId
from laststop.words.instants import Instant

NAMED = 6
"""So many algorithms are named; the others are counted."""


class Active(msgspec.Struct, frozen=True, kw_only=True):
    """An algorithm and the version of it that the page shows."""

    algorithm: str
    version: str


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """The live release. `seen` is proven, `unseen` was looked for in vain, `switched` is being looked for."""

    kind: Literal["seen", "unseen", "switched"]
    release: ReleaseId
    run: RunId
    repositories: tuple[Revision, ...]
    active: tuple[Active, ...]
    unnamed: int
    switched_at: Instant
    seen_at: Instant | None
    reason: str
    hold: Hold | None

    @property
    def status(self) -> str:
        """How it stands, in one word of `status`."""
        if self.hold is not None:
            return "Held"
        return {"seen": "Seen", "unseen": "NotVisible", "switched": "Unseen"}[self.kind]


def standing_of(view: View) -> Standing | None:
    """What is live; None before the first release."""
    live = live_of(view)
    if live is None:
        return None
    row = next((each for each in release_rows(view) if each.id == live.release), None)
    seen_at = row.seen_at if row else None
    reason = row.unseen_reason if row else ""
    active = _active(view, live.bill)
    return Standing(
        kind="seen" if seen_at else "unseen" if reason else "switched",
        release=live.release,
        run=live.run,
        repositories=tuple(each for each in live.bill.revisions if each.generation is None),
        active=active[:NAMED],
        unnamed=max(0, len(active) - NAMED),
        switched_at=live.switched_at,
        seen_at=seen_at,
        reason=reason,
        hold=live.hold,
    )


def shown_now(view: View) -> frozenset[Active]:
    """Every version that the live release shows, whatever its verdict was."""
    live = live_of(view)
    return frozenset(_active(view, live.bill)) if live is not None else frozenset()


def _active(view: View, bill: Bill) -> tuple[Active, ...]:
    """What the bill's documents name active; nothing once retention has taken one of them."""
    try:
        shown = active_versions(view, bill)
    except NotFoundError:
        return ()
    return tuple(
        Active(algorithm=name, version=version)
        for algorithms in shown.values()
        for name, version in sorted(algorithms.items())
    )

"""Looks again, ever less often, at a release that was not seen in time; after an hour it says so loudly."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any, Final, Protocol

import msgspec

from laststop.errors import RunError, UsageError
from laststop.functions.recheck import recheck
from laststop.functions.verdict_ports import Proofs
from laststop.functions.verify_live import Proof
from laststop.site.edge import Edge
from laststop.site.seen import Newer, NotYet, Seen, Wrong
from laststop.words.ids import ReleaseId
from laststop.words.instants import Instant

PAUSES_SECONDS: Final = (60, 120, 300, 600, 1200, 1320)
"""Before each look; an hour in all."""


class Later(Protocol):
    """Has this function called once more."""

    def call_at(self, at: Instant, event: Mapping[str, Any], *, release: ReleaseId) -> None:
        """Call it with an event at an instant; asked twice, it is one call.

        Raises: TransientError, DeniedError.
        """
        ...


class Recheck(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is looked at again, and how many looks there were after the first proof was given up."""

    release: ReleaseId
    looks: int = 0


class RecheckEvent(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The event itself: one member."""

    recheck: Recheck


def decode_recheck(event: Mapping[str, Any]) -> Recheck:
    """Read the event.

    Raises: UsageError when it is another one.
    """
    try:
        return msgspec.convert(event, RecheckEvent).recheck
    except msgspec.ValidationError as error:
        raise UsageError(f"this is no wish to look again: {error}") from error


def look_later(
    release: ReleaseId, *, proofs: Proofs, later: Later, clock: Callable[[], Instant], looks: int = 0
) -> bool:
    """Have a release looked at again if it owes its proof; False when it was seen, or nobody gave up on it.

    Raises: RunError when an hour has passed: somebody must look why the edge is behind.
    """
    note = proofs.note(release)
    if note.seen_at is not None or not note.unseen:
        return False
    if looks >= len(PAUSES_SECONDS):
        raise RunError(
            f"release {release} was deployed and not seen within an hour: {note.unseen}",
            hint="look at the distribution; the sweep goes on looking",
        )
    event = msgspec.to_builtins(RecheckEvent(recheck=Recheck(release=release, looks=looks + 1)))
    later.call_at(clock() + timedelta(seconds=PAUSES_SECONDS[looks]), event, release=release)
    return True


def look_again(
    asked: Recheck,
    *,
    proof: Proof,
    edge: Edge,
    proofs: Proofs,
    later: Later,
    clock: Callable[[], Instant],
) -> bool:
    """Look once at a release that was not seen in time; True when it is proven now.

    Raises: as `look_later`.
    """
    live = proof.releases.live()
    if live is None or live.release != asked.release:
        return False
    match recheck(live, proof=proof, edge=edge):
        case Seen():
            return True
        case Newer():
            return False
        case NotYet(reason=reason) | Wrong(reason=reason):
            proof.ledger.unseen(live.release, reason)
    look_later(live.release, proofs=proofs, later=later, clock=clock, looks=asked.looks)
    return False

"""Going back to a kept release, staying there, and letting changes flow again."""

from collections.abc import Callable

from laststop.errors import ConflictError, NotFoundError, TransientError, UsageError
from laststop.functions.invalidate_edge import purge_live
from laststop.functions.ports import SiteLedger, Waiting
from laststop.functions.verify_live import Proof, look
from laststop.site.edge import Edge
from laststop.site.live import Hold, Live, Release, held, lifted, switched
from laststop.site.plan import Difference, difference
from laststop.site.releases import Releases
from laststop.site.seen import Newer, Seen, Wrong
from laststop.words.ids import ReleaseId
from laststop.words.instants import Instant

SWITCH_ATTEMPTS_MAX = 20
PAUSE_SECONDS = 0.05
PREVIOUS = "previous"
"""Names the release that was live before the one that is."""


def find_release(releases: Releases, text: str) -> Release:
    """A kept release by its id, by the beginning of it, or `previous`.

    Raises: NotFoundError when none fits, UsageError when several do.
    """
    kept = releases.kept()
    live = releases.live()
    if text == PREVIOUS:
        others = [each for each in kept if live is None or each.id != live.release]
        if not others:
            raise NotFoundError("no earlier release is kept", hint="see: laststop release list")
        return others[0]
    found = [each for each in kept if each.id.startswith(text)]
    if len({each.id for each in found}) > 1 and text not in {each.id for each in found}:
        raise UsageError(f"several releases begin with {text}", hint="give more of the id")
    exact = next((each for each in found if each.id == text), None)
    if not found:
        raise NotFoundError(f"no kept release is {text}", hint="see: laststop release list")
    return exact or found[0]


def roll_back(
    releases: Releases, target: ReleaseId, *, reason: str, by: str, clock: Callable[[], Instant]
) -> Live:
    """Switch to a kept release and hold the site there; without a build, past the fence.

    The high-water mark stays: what is lifted later is at least as new as the site has ever been. Repeating it
    is harmless.
    Raises: NotFoundError when the release is not kept, ConflictError when nothing is live yet.
    """
    for _ in range(SWITCH_ATTEMPTS_MAX):
        live = releases.live()
        if live is None:
            raise ConflictError("nothing is live yet, so there is no way back")
        hold = Hold(reason=reason, since=clock(), by=by)
        if live.release == target:
            if live.hold is not None:
                return live
            pointer = held(live, hold)
        else:
            release = find_release(releases, target)
            pointer = switched(live, release, high_water=live.high_water, at=clock(), hold=hold)
        try:
            releases.switch(pointer, expected_epoch=live.epoch)
        except ConflictError:
            continue  # a run switched meanwhile: go back from what is live now
        return pointer
    raise TransientError("others kept moving the live pointer", hint="try again")


def hold(releases: Releases, *, reason: str, by: str, clock: Callable[[], Instant]) -> Live:
    """Keep the site where it is; a hold that stands already stays as it is.

    Raises: ConflictError when nothing is live yet.
    """
    for _ in range(SWITCH_ATTEMPTS_MAX):
        live = releases.live()
        if live is None:
            raise ConflictError("nothing is live yet, so there is nothing to hold")
        if live.hold is not None:
            return live
        pointer = held(live, Hold(reason=reason, since=clock(), by=by))
        try:
            releases.switch(pointer, expected_epoch=live.epoch)
        except ConflictError:
            continue
        return pointer
    raise TransientError("others kept moving the live pointer", hint="try again")


def lift(releases: Releases) -> bool:
    """Let changes flow again; False when nothing was held."""
    for _ in range(SWITCH_ATTEMPTS_MAX):
        live = releases.live()
        if live is None or live.hold is None:
            return False
        try:
            releases.switch(lifted(live), expected_epoch=live.epoch)
        except ConflictError:
            continue
        return True
    raise TransientError("others kept moving the live pointer", hint="try again")


def show_at_once(
    live: Live, *, proof: Proof, edge: Edge, ledger: SiteLedger, waiting: Waiting, within_seconds: float
) -> tuple[bool, str]:
    """Purge and prove a switch that no run will purge and prove; gives whether it was seen, and if not, why.

    Limit: what is not seen within the bound is looked at again by the server.
    """
    purge_live(proof.releases, ledger, edge)
    while True:
        found = look(live, proof)
        if isinstance(found, Seen):
            ledger.seen(live.release, found.edges, found.pages)
            return True, ""
        if isinstance(found, Newer):
            return False, f"the site moved on to {found.release}"
        why = f"{found.place}: {found.reason}" if isinstance(found, Wrong) else found.reason
        if waiting.elapsed_seconds() >= within_seconds or not waiting.wait(PAUSE_SECONDS):
            return False, why


def compare(releases: Releases, old: ReleaseId, new: ReleaseId) -> Difference:
    """What readers see differently in `new`.

    Raises: NotFoundError when one of them is not kept.
    """
    return difference(releases.manifest(old), releases.manifest(new))

"""The live pointer: what the site shows, how high it has been, and whether it is held."""

import msgspec

from laststop.words.bill import Bill
from laststop.words.ids import Digest, ReleaseId, RunId
from laststop.words.instants import Instant


class HighWater(msgspec.Struct, frozen=True, kw_only=True):
    """The newest inputs that ever went live: no run below them is let past the fence.

    `generations` by document location; `run` is the last one that reached the mark.
    """

    generations: dict[str, int]
    decided_at: Instant
    run: RunId

    def raised(self, *, generations: dict[str, int], decided_at: Instant, run: RunId) -> "HighWater":
        """The higher of each; it never sinks, and a document no longer built from keeps its mark."""
        highest = {
            location: max(self.generations.get(location, 0), generations.get(location, 0))
            for location in sorted(self.generations.keys() | generations.keys())
        }
        return HighWater(generations=highest, decided_at=max(self.decided_at, decided_at), run=run)


class Hold(msgspec.Struct, frozen=True, kw_only=True):
    """The site is kept where it is; changes wait behind it."""

    reason: str
    since: Instant
    by: str = ""


class Release(msgspec.Struct, frozen=True, kw_only=True):
    """A kept release: what is needed to switch to it again."""

    id: ReleaseId
    run: RunId
    bill: Bill
    manifest: Digest
    stored_at: Instant


class Live(msgspec.Struct, frozen=True, kw_only=True):
    """The pointer itself; `epoch` grows by one with every write, which is how two writers meet."""

    release: ReleaseId
    run: RunId
    bill: Bill
    epoch: int
    high_water: HighWater
    switched_at: Instant
    hold: Hold | None = None


def held(live: Live, hold: Hold) -> Live:
    """The same release, held."""
    return msgspec.structs.replace(live, hold=hold, epoch=live.epoch + 1)


def lifted(live: Live) -> Live:
    """The same release, no longer held."""
    return msgspec.structs.replace(live, hold=None, epoch=live.epoch + 1)


def marked(live: Live, high_water: HighWater) -> Live:
    """The same release with a higher mark: a run that brought nothing new was nevertheless the newest."""
    return msgspec.structs.replace(live, high_water=high_water, epoch=live.epoch + 1)


def switched(
    live: Live | None, release: Release, *, high_water: HighWater, at: Instant, hold: Hold | None = None
) -> Live:
    """The pointer after a switch to a release; a way back brings its hold along."""
    return Live(
        release=release.id,
        run=release.run,
        bill=release.bill,
        epoch=live.epoch + 1 if live else 1,
        high_water=high_water,
        switched_at=at,
        hold=hold,
    )

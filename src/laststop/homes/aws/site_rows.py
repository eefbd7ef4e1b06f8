"""The ledger's rows of the site: the pointer, and each release."""

import msgspec

from laststop.site.live import HighWater, Hold, Live, Release
from laststop.words.bill import Bill
from laststop.words.ids import Digest, ReleaseId, RunId
from laststop.words.instants import Instant


class LiveRow(msgspec.Struct, frozen=True, kw_only=True):
    """The pointer, and the release that was purged and proven last with the epoch it was switched to at."""

    release: ReleaseId
    run: RunId
    bill: Bill
    epoch: int
    high_water: HighWater
    switched_at: Instant
    hold: Hold | None = None
    purged_release: ReleaseId | None = None
    purged_epoch: int = 0
    seen_release: ReleaseId | None = None
    seen_epoch: int = 0

    @property
    def live(self) -> Live:
        """The pointer alone."""
        return Live(
            release=self.release,
            run=self.run,
            bill=self.bill,
            epoch=self.epoch,
            high_water=self.high_water,
            switched_at=self.switched_at,
            hold=self.hold,
        )


class ReleaseRow(msgspec.Struct, frozen=True, kw_only=True):
    """A release that was stored. `epoch` is that of the last switch to it, 0 before the first.

    `previous` was live before that switch; `removed_at` is set when it is no longer kept.
    """

    id: ReleaseId
    run: RunId
    bill: Bill
    manifest: Digest
    files: int
    size_bytes: int
    stored_at: Instant
    epoch: int = 0
    switched_at: Instant | None = None
    previous: ReleaseId | None = None
    seen_at: Instant | None = None
    unseen: str = ""
    removed_at: Instant | None = None

    @property
    def release(self) -> Release:
        """What switching to it takes."""
        return Release(
            id=self.id, run=self.run, bill=self.bill, manifest=self.manifest, stored_at=self.stored_at
        )

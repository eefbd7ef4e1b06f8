"""What the ledger keeps of the site beside the pointer: refusals, purges, proofs."""

from collections.abc import Callable
from typing import Final, Literal

import msgspec

from laststop.errors import ConflictError, NotFoundError, TransientError
from laststop.homes.aws.ledger import LIVE, OUTCOME, PURGES, RELEASE, SITE, item_of, key, row_of, typed
from laststop.homes.aws.pointer import Pointer
from laststop.homes.aws.table import NotAsExpectedError, Table
from laststop.site.fence import Held, Overtaken, Unchanged
from laststop.words.ids import ReleaseId, RunId
from laststop.words.instants import Instant

_ATTEMPTS_MAX: Final = 5


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """Why a run's release was not switched to."""

    outcome: Literal["overtaken", "unchanged", "held"]
    reason: str
    fresh_run_wanted: bool = False
    at: Instant


class TableSiteLedger:
    """The `SiteLedger` port over the ledger."""

    def __init__(self, table: Table, clock: Callable[[], Instant]) -> None:
        """`table` is the ledger."""
        self._table = table
        self._pointer = Pointer(table, clock)
        self._clock = clock

    def refused(self, run: RunId, judgement: Overtaken | Unchanged | Held) -> None:
        """Note why the site did not move."""
        row = _outcome(judgement, self._clock())
        self._table.write("PutItem", Item=item_of(f"RUN#{run}", OUTCOME, row))

    def outcome(self, run: RunId) -> Outcome | None:
        """Why a run's release was not switched to; None when nothing was refused."""
        item = self._table.get(key(f"RUN#{run}", OUTCOME))
        return row_of(item, Outcome) if item else None

    def unpurged(self) -> tuple[ReleaseId, ...]:
        """The release last purged and every one switched to since."""
        live = self._pointer.live()
        if live is None or live.purged_release is None:
            return ()
        return self._since(live.purged_epoch, live.purged_release)

    def unproven(self) -> tuple[ReleaseId, ...]:
        """The release last proven and every one switched to since; before any proof, all that ever were."""
        live = self._pointer.live()
        if live is None:
            return ()
        return self._since(live.seen_epoch, live.seen_release)

    def purged(self, release: ReleaseId, paths: tuple[str, ...], reference: str, edges: int) -> None:
        """Note a purge that is complete; a later one is not hidden by it."""
        del reference, edges  # the edge itself remembers the one, and is always one here
        row = self._pointer.release(release)
        epoch = row.epoch if row else 0
        try:
            self._table.write(
                "UpdateItem",
                Key=key(SITE, LIVE),
                UpdateExpression="SET purged_release = :release, purged_epoch = :epoch",
                ConditionExpression="attribute_exists(pk) AND"
                " (attribute_not_exists(purged_epoch) OR purged_epoch <= :epoch)",
                ExpressionAttributeValues={":release": typed(release), ":epoch": typed(epoch)},
            )
        except ConflictError:
            return
        if paths:
            self._count(len(paths))

    def seen(self, release: ReleaseId, edges: tuple[str, ...], pages: int) -> None:
        """Note the proof, unless it is there already or the site has moved on."""
        del edges, pages
        for _ in range(_ATTEMPTS_MAX):
            live, row = self._pointer.live(), self._pointer.release(release)
            if live is None or row is None or live.release != release or row.seen_at is not None:
                return
            try:
                self._table.transact(_proven(release, row.epoch), _seen(release, row.epoch, self._clock()))
            except NotAsExpectedError:
                continue  # somebody noted it, or switched: look again
            return
        raise TransientError("others kept moving the live pointer", hint="the sweep looks again")

    def unseen(self, release: ReleaseId, reason: str) -> None:
        """Note that the bound is over."""
        try:
            self._table.write(
                "UpdateItem",
                Key=key(RELEASE, release),
                UpdateExpression="SET unseen = :reason",
                ConditionExpression="attribute_exists(pk)",
                ExpressionAttributeValues={":reason": typed(reason)},
            )
        except ConflictError as error:
            raise NotFoundError(f"release {release} is not kept") from error

    def _since(self, epoch: int, last: ReleaseId | None) -> tuple[ReleaseId, ...]:
        """A release and what was switched to since; a way back may be among them, and be itself."""
        newer = [row.id for row in self._pointer.releases() if row.epoch > epoch]
        return tuple(dict.fromkeys((*newer, last) if last else newer))

    def _count(self, paths: int) -> None:
        """Add to the month's paths. Limit: a repeat after a lost answer counts twice."""
        self._table.write(
            "UpdateItem",
            Key=key(f"MONTH#{self._clock():%Y-%m}", PURGES),
            UpdateExpression="ADD paths :paths",
            ExpressionAttributeValues={":paths": typed(paths)},
        )


def _proven(release: ReleaseId, epoch: int) -> dict[str, dict[str, object]]:
    return {
        "Update": {
            "Key": key(SITE, LIVE),
            "UpdateExpression": "SET seen_release = :release, seen_epoch = :epoch",
            "ConditionExpression": "#release = :release",
            "ExpressionAttributeNames": {"#release": "release"},
            "ExpressionAttributeValues": {":release": typed(release), ":epoch": typed(epoch)},
        }
    }


def _seen(release: ReleaseId, epoch: int, at: Instant) -> dict[str, dict[str, object]]:
    return {
        "Update": {
            "Key": key(RELEASE, release),
            "UpdateExpression": "SET seen_at = :at, unseen = :none",
            "ConditionExpression": "attribute_not_exists(seen_at) AND epoch = :epoch",
            "ExpressionAttributeValues": {":at": typed(at), ":none": typed(""), ":epoch": typed(epoch)},
        }
    }


def _outcome(judgement: Overtaken | Unchanged | Held, at: Instant) -> Outcome:
    match judgement:
        case Overtaken():
            return Outcome(
                outcome="overtaken",
                reason=judgement.reason,
                fresh_run_wanted=judgement.fresh_run_wanted,
                at=at,
            )
        case Unchanged(run=carrier):
            return Outcome(outcome="unchanged", reason=f"already carried by run {carrier}", at=at)
        case Held(reason=reason):
            return Outcome(outcome="held", reason=reason, at=at)

"""The live pointer and the releases in the ledger, and the turn of who is switching."""

from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import timedelta
from typing import Any, Final

import msgspec

from laststop.errors import ConflictError, NotFoundError
from laststop.homes.aws.ledger import LIVE, RELEASE, SITE, item_of, key, row_of, typed
from laststop.homes.aws.site_rows import LiveRow, ReleaseRow
from laststop.homes.aws.table import Item, NotAsExpectedError, Table
from laststop.site.live import Live, Release
from laststop.site.manifest import Manifest
from laststop.words.ids import ReleaseId
from laststop.words.instants import Instant

TURN: Final = "TURN"
_TURNS_MAX: Final = 20
_LONGEST_TURN: Final = timedelta(minutes=15)
"""No function lives longer. Source: Lambda quotas, "Function timeout"."""
_LIVE_KEY: Final = key(SITE, LIVE)
_TURN_KEY: Final = key(SITE, TURN)


class _TurnRow(msgspec.Struct, frozen=True, kw_only=True):
    """Who writes the site's files: the one whose number this is, until it has `ended`."""

    turn: int
    release: ReleaseId
    at: Instant
    ended: bool = False


class Pointer:
    """Reads and writes the pointer; every write is on condition."""

    def __init__(self, table: Table, clock: Callable[[], Instant]) -> None:
        """`table` is the ledger."""
        self._table = table
        self._clock = clock

    def live(self) -> LiveRow | None:
        """The pointer as it is now; None before the first release."""
        item = self._table.get(_LIVE_KEY)
        return row_of(item, LiveRow) if item else None

    def release(self, release: ReleaseId) -> ReleaseRow | None:
        """A release, also one that is no longer kept."""
        item = self._table.get(key(RELEASE, release))
        return row_of(item, ReleaseRow) if item else None

    def kept(self, release: ReleaseId) -> ReleaseRow:
        """A release that can be switched to.

        Raises: NotFoundError.
        """
        row = self.release(release)
        if row is None or row.removed_at is not None:
            raise NotFoundError(
                f"release {release} is not kept", hint="laststop release list names those that are"
            )
        return row

    def releases(self) -> list[ReleaseRow]:
        """Every release, the one switched to last first, then those stored last; also removed ones."""
        items = self._table.query(
            KeyConditionExpression="pk = :pk", ExpressionAttributeValues={":pk": {"S": RELEASE}}
        )
        rows = [row_of(item, ReleaseRow) for item in items]
        return sorted(rows, key=lambda row: (row.epoch, row.stored_at), reverse=True)

    def keep(self, release: Release, manifest: Manifest) -> None:
        """Note that a release is complete; how one fared that was stored before stays as it is."""
        row = ReleaseRow(
            id=release.id,
            run=release.run,
            bill=release.bill,
            manifest=release.manifest,
            files=len(manifest.files),
            size_bytes=manifest.size_bytes,
            stored_at=release.stored_at,
        )
        given: Item = item_of(RELEASE, release.id, row)
        values = {name: value for name, value in given.items() if name not in ("pk", "sk")}
        self._table.write(
            "UpdateItem",
            Key=key(RELEASE, release.id),
            UpdateExpression="SET "
            + ", ".join(f"#{name} = if_not_exists(#{name}, :{name})" for name in values)
            + " REMOVE removed_at",
            ExpressionAttributeNames={f"#{name}": name for name in values},
            ExpressionAttributeValues={f":{name}": value for name, value in values.items()},
        )

    def forget(self, release: ReleaseId) -> bool:
        """Note that a release is no longer kept, unless it is live; its row stays for what edges may hold."""
        update = {
            "Key": key(RELEASE, release),
            "UpdateExpression": "SET removed_at = :at",
            "ConditionExpression": "attribute_exists(pk)",
            "ExpressionAttributeValues": {":at": typed(self._clock())},
        }
        elsewhere = {
            "Key": _LIVE_KEY,
            "ConditionExpression": "#release <> :release",
            "ExpressionAttributeNames": {"#release": "release"},
            "ExpressionAttributeValues": {":release": typed(release)},
        }
        try:
            self._table.transact({"Update": update}, {"ConditionCheck": elsewhere})
        except NotAsExpectedError:
            return False
        return True

    def drop(self, release: ReleaseId) -> None:
        """Take the row of a release away that is no longer kept."""
        with suppress(ConflictError):
            self._table.write(
                "DeleteItem",
                Key=key(RELEASE, release),
                ConditionExpression="attribute_exists(removed_at)",
            )

    def take_turn(self, release: ReleaseId, *, epoch: int) -> int:
        """Take the turn to write the site's files from whoever has it, if the pointer is at this epoch.

        Raises: ConflictError when it is not.
        """
        for _ in range(_TURNS_MAX):
            item = self._table.get(_TURN_KEY)
            before = row_of(item, _TurnRow).turn if item else 0
            taken = item_of(SITE, TURN, _TurnRow(turn=before + 1, release=release, at=self._clock()))
            same = "turn = :turn" if item else "attribute_not_exists(pk)"
            put: dict[str, Any] = {"Item": taken, "ConditionExpression": same}
            if item:
                put["ExpressionAttributeValues"] = {":turn": typed(before)}
            try:
                self._table.transact({"Put": put}, {"ConditionCheck": _at_epoch(epoch)})
            except NotAsExpectedError as error:
                if 1 in error.failed:
                    raise _moved() from error
                continue  # somebody else took it meanwhile: take it from them
            return before + 1
        raise _moved()

    def has_turn(self, turn: int, *, epoch: int) -> bool:
        """Whether nobody took the turn or moved the pointer since."""
        items = {str(item["sk"]["S"]): item for item in self._table.get_many([_LIVE_KEY, _TURN_KEY])}
        live, taken = items.get(LIVE), items.get(TURN)
        now = row_of(live, LiveRow).epoch if live else 0
        return now == epoch and taken is not None and row_of(taken, _TurnRow).turn == turn

    def is_mine(self, turn: int) -> bool:
        """Whether nobody took the turn since."""
        item = self._table.get(_TURN_KEY)
        return item is not None and row_of(item, _TurnRow).turn == turn

    def busy(self) -> bool:
        """Whether somebody is writing the site's files, and may still be alive."""
        item = self._table.get(_TURN_KEY)
        if item is None:
            return False
        row = row_of(item, _TurnRow)
        return not row.ended and self._clock() - row.at < _LONGEST_TURN

    def end_turn(self, turn: int) -> None:
        """Note that we are done, unless the turn is somebody else's by now."""
        with suppress(ConflictError):
            self._table.write("UpdateItem", **_ending(turn))

    def point(self, pointer: Live, *, expected_epoch: int, turn: int, previous: ReleaseId | None) -> None:
        """Write the pointer to another release, whose files stand there now.

        Raises: ConflictError when the pointer moved or the turn was taken, NotFoundError when the release is
        no longer kept.
        """
        switched = {
            "Key": key(RELEASE, pointer.release),
            "UpdateExpression": "SET epoch = :epoch, switched_at = :at, previous = :previous, unseen = :none"
            " REMOVE seen_at",
            "ConditionExpression": "attribute_exists(pk) AND attribute_not_exists(removed_at)",
            "ExpressionAttributeValues": {
                ":epoch": typed(pointer.epoch),
                ":at": typed(pointer.switched_at),
                ":previous": typed(previous),
                ":none": typed(""),
            },
        }
        try:
            self._table.transact(
                {"Update": _pointing(pointer, expected_epoch)},
                {"Update": switched},
                {"Update": _ending(turn)},
            )
        except NotAsExpectedError as error:
            if error.failed == (1,):
                raise NotFoundError(f"release {pointer.release} is no longer kept") from error
            raise _moved() from error

    def note(self, pointer: Live, *, expected_epoch: int) -> None:
        """Write the pointer with another mark or hold; the release stays.

        Raises: ConflictError when it moved.
        """
        try:
            self._table.transact({"Update": _pointing(pointer, expected_epoch)})
        except NotAsExpectedError as error:
            raise _moved() from error


def _ending(turn: int) -> Mapping[str, Any]:
    """The update that ends a turn, if it is still ours."""
    return {
        "Key": _TURN_KEY,
        "UpdateExpression": "SET ended = :ended",
        "ConditionExpression": "turn = :turn",
        "ExpressionAttributeValues": {":turn": typed(turn), ":ended": {"BOOL": True}},
    }


def _at_epoch(epoch: int) -> Mapping[str, Any]:
    """The condition that the pointer is at an epoch; 0 is before the first."""
    if epoch == 0:
        return {"Key": _LIVE_KEY, "ConditionExpression": "attribute_not_exists(pk)"}
    return {
        "Key": _LIVE_KEY,
        "ConditionExpression": "epoch = :expected",
        "ExpressionAttributeValues": {":expected": typed(epoch)},
    }


def _pointing(pointer: Live, expected_epoch: int) -> Mapping[str, Any]:
    """The update of the pointer; what was purged and proven is left as it is."""
    members = ("release", "run", "bill", "epoch", "high_water", "switched_at", "hold")
    values = {f":{name}": typed(getattr(pointer, name)) for name in members}
    condition = dict(_at_epoch(expected_epoch))
    return {
        **condition,
        "UpdateExpression": "SET " + ", ".join(f"#{name} = :{name}" for name in members),
        "ExpressionAttributeNames": {f"#{name}": name for name in members},
        "ExpressionAttributeValues": {**values, **condition.get("ExpressionAttributeValues", {})},
    }


def _moved() -> ConflictError:
    return ConflictError("the live pointer moved meanwhile", hint="look again, and decide again")

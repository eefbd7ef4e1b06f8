"""The ledger's memory of what publishing made of the changes, and of their verdicts."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, Final

import msgspec

from laststop.catalog.change import Change
from laststop.catalog.record import Undecodable
from laststop.homes.aws.fan_out import each
from laststop.homes.aws.ledger import ASIDE, OPEN, item_of, key, row_of, sequence_key
from laststop.homes.aws.table import NotAsExpectedError, Table
from laststop.words.digests import digest_of
from laststop.words.ids import RunId
from laststop.words.instants import Instant
from laststop.words.verdicts import VerdictKind

_CHANGES_PER_TRANSACTION: Final = 25
_RECORD_BYTES_MAX: Final = 300_000
"""Of a record that is set aside; an item takes 400 KB. Source: DynamoDB quotas, "Item size"."""
_NEW = "attribute_not_exists(pk)"
WAITS: Final = "waits for a run"


class ChangeRow(msgspec.Struct, frozen=True, kw_only=True):
    """A change into a release phase, with what became of it so far.

    `object` and `generation` name the document that takes it into account; both are empty for a change that
    can never be shown.
    """

    sequence: str
    algorithm: str
    version: str
    type: str
    object: str
    generation: int
    recorded_at: Instant
    published_at: Instant
    verdict: VerdictKind = VerdictKind.PENDING
    reason: str = WAITS
    run: RunId | None = None
    settled_at: Instant | None = None

    @property
    def open_key(self) -> str:
        """Where it stands while it is open; the oldest sort first, about."""
        return f"{self.sequence}#{self.algorithm}#{self.version}"

    @property
    def final_place(self) -> tuple[str, str]:
        """Where it stands once its verdict is final."""
        return f"CHANGE#{self.algorithm}", f"{self.version}#{self.sequence}"


class _AsideRow(msgspec.Struct, frozen=True, kw_only=True):
    """A record that cannot be used; `whole` says whether all of it is kept."""

    reason: str
    record: str
    whole: bool
    at: Instant


class TablePublications:
    """The `Publications` port over the ledger.

    A change stands open, or with its final verdict, never in both places: each write looks at the other one
    in the same transaction. So a record that comes again neither opens a settled change nor changes an open
    one.
    """

    def __init__(self, table: Table, clock: Callable[[], Instant]) -> None:
        """`table` is the ledger."""
        self._table = table
        self._clock = clock

    def published(self, object_: str, generation: int, changes: Iterable[Change]) -> None:
        """Note the changes as open, each once; 25 in a transaction."""
        rows = list({row.open_key: row for row in self._rows(object_, generation, changes)}.values())
        each(self._open, list(_parts(rows)))

    def rejected(self, change: Change, reason: str) -> None:
        """A change that can never be shown gets its final verdict at once."""
        (row,) = self._rows("", 0, [change])
        settle(self._table, row, VerdictKind.REJECTED, reason, run=None, at=self._clock())

    def set_aside(self, record: Undecodable) -> None:
        """Keep a record that cannot be used, as much of it as an item takes."""
        text = record.record[:_RECORD_BYTES_MAX].decode(errors="ignore")
        row = _AsideRow(
            reason=record.reason,
            record=text,
            whole=len(record.record) <= _RECORD_BYTES_MAX,
            at=self._clock(),
        )
        name = record.sequence_number[:64] or f"digest-{digest_of(record.record)}"
        try:
            self._table.transact({"Put": {"Item": item_of(ASIDE, name, row), "ConditionExpression": _NEW}})
        except NotAsExpectedError:
            return  # it came again

    def _rows(self, object_: str, generation: int, changes: Iterable[Change]) -> Iterator[ChangeRow]:
        now = self._clock()
        for change in changes:
            yield ChangeRow(
                sequence=sequence_key(change.sequence_number),
                algorithm=change.algorithm,
                version=change.version,
                type=change.new.type if change.new else "",
                object=object_,
                generation=generation,
                recorded_at=change.at,
                published_at=now,
            )

    def _open(self, rows: Sequence[ChangeRow]) -> None:
        """Open those of the changes that are nowhere yet."""
        left = list(rows)
        while left:
            writes: list[dict[str, dict[str, Any]]] = []
            for row in left:
                settled = {"Key": key(*row.final_place), "ConditionExpression": _NEW}
                opened = {"Item": item_of(OPEN, row.open_key, row), "ConditionExpression": _NEW}
                writes += [{"ConditionCheck": settled}, {"Put": opened}]
            try:
                self._table.transact(*writes)
            except NotAsExpectedError as error:
                known = {place // 2 for place in error.failed}
                left = [row for place, row in enumerate(left) if place not in known]
                continue
            return


def open_changes(table: Table) -> Iterator[ChangeRow]:
    """Changes without a final verdict, about the oldest first."""
    found = table.query(KeyConditionExpression="pk = :pk", ExpressionAttributeValues={":pk": {"S": OPEN}})
    return (row_of(item, ChangeRow) for item in found)


def settled_changes(table: Table, algorithm: str) -> Iterator[ChangeRow]:
    """Changes of an algorithm whose verdict is final."""
    found = table.query(
        KeyConditionExpression="pk = :pk",
        ExpressionAttributeValues={":pk": {"S": f"CHANGE#{algorithm}"}},
    )
    return (row_of(item, ChangeRow) for item in found)


def settle(
    table: Table, row: ChangeRow, verdict: VerdictKind, reason: str, *, run: RunId | None, at: Instant
) -> bool:
    """Write a verdict, unless a final one is there; False when it is.

    A final one moves the change from where the open ones stand. Harmless to repeat.
    """
    judged = msgspec.structs.replace(row, verdict=verdict, reason=reason, run=run, settled_at=at)
    final_key = key(*row.final_place)
    if verdict.final:
        settled = {"Item": item_of(*row.final_place, judged), "ConditionExpression": _NEW}
        first = {"Put": settled}
        second = {"Delete": {"Key": key(OPEN, row.open_key)}}
    else:
        first = {"ConditionCheck": {"Key": final_key, "ConditionExpression": _NEW}}
        second = {"Put": {"Item": item_of(OPEN, row.open_key, judged)}}
    try:
        table.transact(first, second)
    except NotAsExpectedError:
        table.write("DeleteItem", Key=key(OPEN, row.open_key))
        return False
    return True


def _parts(rows: Sequence[ChangeRow]) -> Iterator[Sequence[ChangeRow]]:
    return (
        rows[first : first + _CHANGES_PER_TRANSACTION]
        for first in range(0, len(rows), _CHANGES_PER_TRANSACTION)
    )

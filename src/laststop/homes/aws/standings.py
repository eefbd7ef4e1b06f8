"""The ledger's memory of which versions were released and retired."""

from collections.abc import Iterable
from typing import Final

import msgspec

from laststop.catalog.standing import Standing, merge, merged
from laststop.errors import ConflictError, TransientError
from laststop.homes.aws.fan_out import each
from laststop.homes.aws.ledger import item_of, key, row_of, sequence_key
from laststop.homes.aws.table import Item, Table

_ATTEMPTS_MAX: Final = 10
_NONE = sequence_key(0)
_UNCHANGED = "(attribute_not_exists(pk) AND :r = :none AND :t = :none) OR (released = :r AND retired = :t)"


class _Row(msgspec.Struct, frozen=True, kw_only=True):
    """An item: sequence numbers as texts of 40 digits, zeros where nothing was seen."""

    released: str = _NONE
    retired: str = _NONE


class TableStandings:
    """The `Standings` port over the ledger.

    Both numbers of a version are written together, on condition that both are as they were read; so each
    item is always the merge of what was noted.
    """

    def __init__(self, table: Table) -> None:
        """`table` is the ledger."""
        self._table = table

    def of(self, algorithm: str) -> tuple[Standing, ...]:
        """What is known of an algorithm's versions."""
        items = self._table.query(
            KeyConditionExpression="pk = :pk",
            ExpressionAttributeValues={":pk": {"S": _partition(algorithm)}},
        )
        return tuple(_standing(algorithm, item) for item in items)

    def note(self, standings: Iterable[Standing]) -> None:
        """Add evidence; what is known already writes nothing."""
        news = merged(standings)
        if not news:
            return
        items = self._table.get_many(_key(one) for one in news)
        known = {_names(item): item for item in items}
        each(
            lambda one: self._add(one, known.get((_partition(one.algorithm), one.version))),
            news,
        )

    def _add(self, evidence: Standing, item: Item | None) -> None:
        """Make one item the merge of what it is and what is given."""
        for _ in range(_ATTEMPTS_MAX):
            row = row_of(item, _Row) if item else _Row()
            before = Standing(
                algorithm=evidence.algorithm,
                version=evidence.version,
                released=int(row.released),
                retired=int(row.retired),
            )
            after = merge(before, evidence)
            if after == before:
                return
            try:
                self._replace(row, after)
            except ConflictError:
                item = self._table.get(_key(evidence))
                continue
            return
        raise TransientError(
            f"others kept noting {evidence.algorithm} {evidence.version}", hint="the records come again"
        )

    def _replace(self, before: _Row, after: Standing) -> None:
        row = _Row(released=sequence_key(after.released), retired=sequence_key(after.retired))
        self._table.write(
            "PutItem",
            Item=item_of(_partition(after.algorithm), after.version, row),
            ConditionExpression=_UNCHANGED,
            ExpressionAttributeValues={
                ":r": {"S": before.released},
                ":t": {"S": before.retired},
                ":none": {"S": _NONE},
            },
        )


def _partition(algorithm: str) -> str:
    return f"STANDING#{algorithm}"


def _key(standing: Standing) -> Item:
    return key(_partition(standing.algorithm), standing.version)


def _names(item: Item) -> tuple[str, str]:
    return str(item["pk"]["S"]), str(item["sk"]["S"])


def _standing(algorithm: str, item: Item) -> Standing:
    row = row_of(item, _Row)
    return Standing(
        algorithm=algorithm,
        version=str(item["sk"]["S"]),
        released=int(row.released),
        retired=int(row.retired),
    )

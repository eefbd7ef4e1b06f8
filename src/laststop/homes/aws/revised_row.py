"""A ledger's row that many write, each on condition that nobody else wrote since it was read."""

from typing import Generic, Protocol, TypeVar

import msgspec

from laststop.homes.aws.ledger import item_of, key, row_of
from laststop.homes.aws.table import Table


class _Revised(Protocol):
    """A row that counts its writes."""

    @property
    def revision(self) -> int:
        """How often it was written; 0 for one that does not stand there."""
        ...


_Row = TypeVar("_Row", bound=msgspec.Struct)


class RevisedRow(Generic[_Row]):
    """One row, by its key."""

    def __init__(self, table: Table, pk: str, sk: str, kind: type[_Row]) -> None:
        """`kind` has a `revision`, and defaults for everything."""
        self._table = table
        self._place = (pk, sk)
        self._kind = kind

    def get(self) -> _Row:
        """The row as it stands, read consistently; the default one where there is none."""
        item = self._table.get(key(*self._place))
        return self._kind() if item is None else row_of(item, self._kind)

    def put(self, row: _Row, *, expected: _Revised) -> None:
        """Write it if `expected.revision` is still the one that stands.

        Raises: ConflictError when somebody else wrote meanwhile.
        """
        self._table.write(
            "PutItem",
            Item=item_of(*self._place, row),
            ConditionExpression="(attribute_not_exists(pk) AND :r = :none) OR revision = :r",
            ExpressionAttributeValues={":r": {"N": str(expected.revision)}, ":none": {"N": "0"}},
        )

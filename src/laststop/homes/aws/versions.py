"""The catalog's table, which may be one that others write."""

from collections.abc import Iterator
from itertools import groupby
from typing import Final

from laststop.catalog.algorithm import Algorithm, UnusableRow
from laststop.catalog.attributes import identical
from laststop.catalog.change import Image, image_of_row
from laststop.catalog.columns import OWN_COLUMNS, Columns
from laststop.catalog.item import item_of, key_of, keys_item, row_of
from laststop.catalog.names import check_name
from laststop.catalog.ports.versions import AlgorithmPage
from laststop.catalog.typed_value import TypedValue, typed_value
from laststop.catalog.version import PIN, VersionRow
from laststop.errors import ConflictError, UsageError
from laststop.homes.aws.table import Item, Table

_HIGHEST_KEY: Final = "\U0010ffff" * 256
"""No sort key is above it: 1,024 bytes of the last character. Source: DynamoDB quotas, "Sort key"."""
_SET_MAX = 150
"""Attributes of one update; an expression has at most 4 KB. Source: DynamoDB quotas, "Expression"."""
_ITEMS_PER_ALGORITHM = 10


class TableVersions:
    """The `Versions` port over a DynamoDB table with the attributes that `[catalog.columns]` names.

    A row is written by its differences, so attributes that others keep in the item, and that JSON spells
    otherwise, are not rewritten by a step into another phase.
    """

    def __init__(self, table: Table, columns: Columns = OWN_COLUMNS) -> None:
        """`columns` names the attributes."""
        self._table = table
        self._columns = columns

    def get(self, algorithm: str, version: str) -> VersionRow | None:
        """The row of a version, or None."""
        if version == PIN:
            return None
        item = self._table.get(keys_item(algorithm, version, self._columns))
        return row_of(item, self._columns) if item else None

    def of(self, algorithm: str) -> Algorithm:
        """Everything under one name."""
        items = self._table.query(
            KeyConditionExpression="#a = :a",
            ExpressionAttributeNames={"#a": self._columns.algorithm},
            ExpressionAttributeValues={":a": {"S": algorithm}},
        )
        return _algorithm(algorithm, items, self._columns)

    def put(self, row: VersionRow, *, expected: VersionRow | None) -> None:
        """Write a row if what stands is still `expected`."""
        image = image_of_row(row)
        try:
            if expected is None:
                self._table.write(
                    "PutItem",
                    Item=item_of(row.algorithm, row.version, image, self._columns),
                    ConditionExpression="attribute_not_exists(#v)",
                    ExpressionAttributeNames={"#v": self._columns.version},
                )
            else:
                self._update(row, image, image_of_row(expected))
        except ConflictError as error:
            raise ConflictError(
                "somebody else changed it meanwhile",
                place=f"{row.algorithm} {row.version}",
                hint="look again",
            ) from error

    def remove(self, algorithm: str, version: str) -> None:
        """Delete a version's row."""
        self._table.write("DeleteItem", Key=keys_item(algorithm, version, self._columns))

    def scan(self, after: str | None = None, *, limit: int = 100) -> AlgorithmPage:
        """A page of whole algorithms, in the table's own order.

        The next one begins behind every possible version of the last, so none is met twice.
        """
        begin = {"ExclusiveStartKey": keys_item(after, _HIGHEST_KEY, self._columns)} if after else {}
        items = self._table.scan(Limit=max(limit * _ITEMS_PER_ALGORITHM, 100), **begin)
        found: list[Algorithm] = []
        last: str | None = None
        for name, group in groupby(items, key=self._name):
            if len(found) >= limit:
                return AlgorithmPage(algorithms=tuple(found), after=last)
            last = name
            algorithm = _algorithm(name, group, self._columns)
            if _usable(name):
                found.append(algorithm)
        return AlgorithmPage(algorithms=tuple(found), after=None)

    def pin(self, algorithm: str, version: str | None) -> None:
        """Point the algorithm's pin at a version, or remove it."""
        if version is None:
            self.remove(algorithm, PIN)
        else:
            self._table.write("PutItem", Item=item_of(algorithm, PIN, Image(pin=version), self._columns))

    def _name(self, item: Item) -> str:
        return str(item[self._columns.algorithm]["S"])

    def _update(self, row: VersionRow, image: Image, before: Image) -> None:
        """Set what differs, on condition that type and phase stand as they did."""
        columns = self._columns
        texts = {columns.type: image.type, columns.phase: image.phase}
        wanted: dict[str, TypedValue] = {name: {"S": text} for name, text in texts.items() if text}
        removed = [name for name, text in texts.items() if not text]
        for name, value in image.attributes.items():
            if name not in before.attributes or not identical(before.attributes[name], value):
                wanted[name] = typed_value(value)
        removed += [name for name in before.attributes if name not in image.attributes]
        expected = (
            ("#v", columns.version, None),
            ("#t", columns.type, before.type),
            ("#p", columns.phase, before.phase),
        )
        conditions, names, values = _conditions(expected)
        if len(wanted) + len(removed) > _SET_MAX:
            self._table.write(
                "PutItem",
                Item=item_of(row.algorithm, row.version, image, columns),
                ConditionExpression=conditions,
                ExpressionAttributeNames=names,
                ExpressionAttributeValues=values,
            )
            return
        sets = [f"#s{n} = :s{n}" for n in range(len(wanted))]
        cuts = [f"#r{n}" for n in range(len(removed))]
        names |= {f"#s{n}": name for n, name in enumerate(wanted)}
        names |= {f"#r{n}": name for n, name in enumerate(removed)}
        values |= {f":s{n}": value for n, value in enumerate(wanted.values())}
        update = (f"SET {', '.join(sets)} " if sets else "") + (f"REMOVE {', '.join(cuts)}" if cuts else "")
        self._table.write(
            "UpdateItem",
            Key=keys_item(row.algorithm, row.version, columns),
            UpdateExpression=update,
            ConditionExpression=conditions,
            ExpressionAttributeNames=names,
            ExpressionAttributeValues=values,
        )


def _conditions(
    expected: tuple[tuple[str, str, str | None], ...],
) -> tuple[str, dict[str, str], dict[str, TypedValue]]:
    """The item is there, and each text attribute reads as expected; absent, null and empty are one."""
    parts: list[str] = []
    names: dict[str, str] = {}
    values: dict[str, TypedValue] = {}
    for alias, name, text in expected:
        names[alias] = name
        bound = f":{alias[1:]}"
        if text is None:
            parts.append(f"attribute_exists({alias})")
        elif text:
            parts.append(f"{alias} = {bound}")
            values[bound] = {"S": text}
        else:
            parts.append(f"(attribute_not_exists({alias}) OR {alias} = {bound} OR {alias} = :null)")
            values |= {bound: {"S": ""}, ":null": {"NULL": True}}
    return " AND ".join(parts), names, values


def _algorithm(name: str, items: Iterator[Item], columns: Columns) -> Algorithm:
    """An algorithm from its items; one that cannot be read is named and hides no other."""
    rows: list[VersionRow] = []
    unusable: list[UnusableRow] = []
    pin: str | None = None
    for item in items:
        version = str(item[columns.version].get("S", ""))
        if version == PIN:
            pin = str(item.get(columns.pin, {}).get("S", "")) or None
            continue
        try:
            key_of(item, columns)
            rows.append(row_of(item, columns))
        except UsageError as error:
            unusable.append(UnusableRow(version=version, reason=str(error)))
    return Algorithm(name=name, versions=tuple(rows), pin=pin, unusable=tuple(unusable))


def _usable(name: str) -> bool:
    """Whether an algorithm in a table of others can be one of ours; no page could name it otherwise."""
    try:
        check_name(name, "algorithm")
    except UsageError:
        return False
    return True

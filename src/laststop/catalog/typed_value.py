"""DynamoDB's typed attribute values, to plain JSON and back.

Source: `AttributeValue` in botocore's DynamoDB streams model (1.43); sizes: DynamoDB developer guide,
"Item sizes and formats".
"""

import re
from decimal import Decimal
from typing import Any, TypeAlias

from laststop.catalog.attributes import DEEPEST_LEVEL, Json, fits_a_number
from laststop.errors import InvariantError, UsageError

TypedValue: TypeAlias = dict[str, Any]
"""One member: the type's letter -> the value (`{"S": "x"}`)."""

_SHORT_INTEGER = re.compile(r"-?[0-9]{1,18}")
_NUMBER = re.compile(
    r"[-+]?[0-9]{1,166}(\.[0-9]{0,166})?([eE][-+]?[0-9]{1,3})?"
)  # bounded: 38 digits, 10**±130
_NESTING_BYTES = 3


def plain_value(typed: object, place: str, level: int = 1) -> Json:
    """Read one typed value.

    Whole numbers become integers of any size; others become floats where a float says exactly the same, and
    stay text where it would not (`"3.14159265358979323846"`). Sets become sorted lists.
    Raises: UsageError with the path of a value that JSON cannot carry (binary) or that is none.
    """
    if not isinstance(typed, dict) or len(typed) != 1:
        raise UsageError("is no typed value with exactly one member", place=place)
    ((kind, inner),) = typed.items()
    if kind == "S" and isinstance(inner, str):  # first and plainly: most values are texts
        return inner
    match kind:
        case "N" if isinstance(inner, str):
            return plain_number(inner, place)
        case "BOOL" if isinstance(inner, bool):
            return inner
        case "NULL" if inner is True:
            return None
        case "M" | "L" if isinstance(inner, dict if kind == "M" else list):
            return _nested(inner, place, level + 1)
        case "SS" | "NS" if isinstance(inner, list | set):
            return _sorted_set(kind, list(inner), place)
        case "B" | "BS":
            raise UsageError(
                "is binary, which a metadata document cannot carry", place=place, hint="store it as text"
            )
        case _:
            raise UsageError(f"is no value of type {kind!r}", place=place)


def typed_value(value: Json) -> TypedValue:
    """Write one plain value, which must be in the normal form of `checked_attributes`.

    Raises: InvariantError for anything else, since what reaches this point was checked when it was put.
    """
    match value:
        case bool():
            return {"BOOL": value}
        case None:
            return {"NULL": True}
        case str():
            return {"S": value}
        case int() | float():
            return {"N": repr(value)}
        case list():
            return {"L": [typed_value(each) for each in value]}
        case dict():
            return {"M": {name: typed_value(each) for name, each in value.items()}}
        case _:
            raise InvariantError(f"{type(value).__name__} reached the stream codec")


def plain_number(text: str, place: str) -> int | float | str:
    """Read DynamoDB's text of a number, without losing a digit.

    Limit: an integer beyond 2**53 is exact in our documents, but a page's JavaScript rounds it.
    """
    if _SHORT_INTEGER.fullmatch(text):
        return int(text)
    value = Decimal(text) if _NUMBER.fullmatch(text) else None
    if value is None or not fits_a_number(value):
        raise UsageError(f"{text[:50]!r} is no number of a table", place=place)
    if value == value.to_integral_value():
        return int(value)
    nearest = float(value)
    return nearest if Decimal(repr(nearest)) == value else text


def item_size_bytes(item: dict[str, TypedValue]) -> int:
    """The size DynamoDB accounts for these attributes: names in UTF-8, and values by their type."""
    return sum(len(name.encode()) + _size_bytes(typed) for name, typed in item.items())


def _nested(inner: dict[str, Any] | list[Any], place: str, level: int) -> Json:
    """The members of a map or a list."""
    if level > DEEPEST_LEVEL:
        raise UsageError(f"is nested deeper than {DEEPEST_LEVEL} levels", place=place)
    if isinstance(inner, dict):
        return {name: plain_value(each, f"{place}.{name}", level) for name, each in inner.items()}
    return [plain_value(each, f"{place}[{index}]", level) for index, each in enumerate(inner)]


def _sorted_set(kind: str, members: list[Any], place: str) -> Json:
    """A set as a list in one order, so that equal sets give equal documents."""
    if not all(isinstance(member, str) for member in members):
        raise UsageError("is a set with a member that is no text", place=place)
    if kind == "SS":
        return [*sorted(members)]
    numbers = {text: plain_number(text, place) for text in members}
    return [numbers[text] for text in sorted(members, key=lambda text: (Decimal(text), text))]


def _size_bytes(typed: TypedValue) -> int:
    """The size of one value that `typed_value` wrote."""
    ((kind, inner),) = typed.items()
    match kind:
        case "S":
            return len(inner.encode())
        case "N":
            return _number_size_bytes(inner)
        case "L":
            return _NESTING_BYTES + sum(1 + _size_bytes(each) for each in inner)
        case "M":
            return _NESTING_BYTES + len(inner) + item_size_bytes(inner)
        case _:
            return 1


def _number_size_bytes(text: str) -> int:
    """One byte for two significant digits, one more, and one for a minus."""
    digits = "".join(map(str, Decimal(text).as_tuple().digits)).strip("0")
    return (len(digits) + 1) // 2 + 1 + text.startswith("-")

"""The free part of a version: plain JSON, in the one form both homes keep unchanged."""

from collections.abc import Collection, Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any, TypeAlias

import msgspec

from laststop.errors import UsageError

if TYPE_CHECKING:
    Json: TypeAlias = str | int | float | bool | list["Json"] | dict[str, "Json"] | None
else:
    Json = Any  # msgspec reads annotations at run time and knows no recursive alias

Attributes: TypeAlias = dict[str, Json]

DEEPEST_LEVEL = 32
"""Levels of nesting. Source: DynamoDB quotas, "Nested attribute depth"."""
LARGEST_BYTES = 262_144
"""Of all attributes of one version as JSON; DynamoDB takes 409,600 bytes for the whole item."""
LONGEST_NUMBER_DIGITS = 38
"""Significant digits. Source: DynamoDB data types, "Number"."""
SMALLEST_EXPONENT, LARGEST_EXPONENT = -130, 125
"""Of a number's first digit. Source: DynamoDB data types, "Number"."""


def checked_attributes(attributes: Mapping[str, object], reserved: Collection[str]) -> Attributes:
    """Give back attributes in their normal form: what a DynamoDB table would return after storing them.

    `1.0` becomes `1`, `-0.0` becomes `0`, a tuple a list; so a document does not depend on the home.
    `reserved` names the columns of the table, which an attribute may not hide.
    Raises: UsageError with the path of the first value that cannot be kept.
    """
    for name in attributes:
        if name in reserved:
            raise UsageError(
                f'"{name}" is a column of the catalog',
                place=f"attributes.{name}",
                hint="choose another attribute name",
            )
    normal = {
        name: _normal(value, f"attributes.{name}", 1) for name, value in _named(attributes, "attributes")
    }
    size_bytes = len(msgspec.json.encode(normal))
    if size_bytes > LARGEST_BYTES:
        raise UsageError(
            f"{size_bytes} bytes are more than the {LARGEST_BYTES} a version may carry",
            place="attributes",
            hint="keep the bulk elsewhere and put its address here",
        )
    return normal


def identical(left: object, right: object) -> bool:
    """Whether two values are the same JSON; `==` would take `True`, `1` and `1.0` for one."""
    if left != right:
        return False
    encode = msgspec.json.encode
    return encode(left, order="deterministic") == encode(right, order="deterministic")


def fits_a_number(value: Decimal) -> bool:
    """Whether a DynamoDB table would take this number as it is."""
    if not value.is_finite():
        return False
    digits = "".join(map(str, value.as_tuple().digits)).strip("0")
    in_range = SMALLEST_EXPONENT <= value.adjusted() <= LARGEST_EXPONENT
    return not value or (in_range and len(digits) <= LONGEST_NUMBER_DIGITS)


def _normal(value: object, place: str, level: int) -> Json:
    """One value in its normal form."""
    if level > DEEPEST_LEVEL:
        raise UsageError(f"is nested deeper than {DEEPEST_LEVEL} levels", place=place, hint="flatten it")
    match value:
        case None | bool():
            return value
        case str():
            return _text(value, place)
        case int():
            return _number(Decimal(value), place)
        case float():
            return _number(Decimal(repr(value)), place)
        case list() | tuple():
            return [_normal(each, f"{place}[{index}]", level + 1) for index, each in enumerate(value)]
        case Mapping():
            return {name: _normal(each, f"{place}.{name}", level + 1) for name, each in _named(value, place)}
        case _:
            kind = type(value).__name__
            raise UsageError(f"a {kind} is no JSON value", place=place, hint="write it as text")


def _named(members: Mapping[Any, object], place: str) -> list[tuple[str, object]]:
    """The members of an object, once every name is known to be usable."""
    for name in members:
        if not isinstance(name, str) or not name:
            raise UsageError(f"{name!r} is no attribute name", place=place, hint="names are non-empty texts")
        _text(name, place)
    return list(members.items())


def _text(text: str, place: str) -> str:
    """A text that UTF-8 can carry."""
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise UsageError(
            "has half of a surrogate pair, which UTF-8 cannot carry", place=place, hint="send valid text"
        ) from error
    return text


def _number(value: Decimal, place: str) -> int | float:
    """A number that survives a DynamoDB table; whole ones are integers."""
    if not fits_a_number(value):
        raise UsageError(f"{value:.6g} is no number a table can keep", place=place, hint="write it as text")
    return int(value) if value == value.to_integral_value() else float(value)

"""The tests that one value of an event can be put to: EventBridge's comparison operators.

Source: Amazon EventBridge user guide, "Comparison operators for use in event patterns", read 2026-11.
"""

import ipaddress
from collections.abc import Callable, Sequence
from typing import Final, cast

import msgspec

from laststop.errors import UsageError

NUMBER_LARGEST: Final = 5_000_000_000
_OPERATORS: Final[dict[str, Callable[[float, float], bool]]] = {
    "=": lambda value, bound: value == bound,
    "<": lambda value, bound: value < bound,
    "<=": lambda value, bound: value <= bound,
    ">": lambda value, bound: value > bound,
    ">=": lambda value, bound: value >= bound,
}
_IGNORE_CASE: Final = "equals-ignore-case"


class InvalidEventPatternError(UsageError):
    """An event pattern that cannot be read."""

    code = "InvalidEventPattern"


class Equals(msgspec.Struct, frozen=True, kw_only=True):
    """The value itself, as it is written."""

    wanted: str | float | bool | None

    def met_by(self, value: object) -> bool:
        """Whether the value is this one."""
        return type(value) is type(self.wanted) and value == self.wanted


class Affix(msgspec.Struct, frozen=True, kw_only=True):
    """How a text begins or ends, or, with neither of both, all of it; perhaps without regard to case."""

    text: str
    begins: bool = False
    ends: bool = False
    ignore_case: bool = False

    def met_by(self, value: object) -> bool:
        """Whether a text is so; nothing else is."""
        if not isinstance(value, str):
            return False
        given, wanted = (value.lower(), self.text.lower()) if self.ignore_case else (value, self.text)
        if self.begins:
            return given.startswith(wanted)
        return given.endswith(wanted) if self.ends else given == wanted


class Wildcard(msgspec.Struct, frozen=True, kw_only=True):
    """Pieces of text with anything between them."""

    pieces: tuple[str, ...]

    def met_by(self, value: object) -> bool:
        """Whether a text has the pieces in order; the leftmost place of each is as good as any."""
        if not isinstance(value, str):
            return False
        first, *middle, last = self.pieces if len(self.pieces) > 1 else (*self.pieces, "")
        if len(self.pieces) == 1:
            return value == first
        if not value.startswith(first):
            return False
        at = len(first)
        for piece in middle:
            found = value.find(piece, at)
            if found < 0:
                return False
            at = found + len(piece)
        return len(value) - len(last) >= at and value.endswith(last)


class Numeric(msgspec.Struct, frozen=True, kw_only=True):
    """Bounds of a number, all of which hold."""

    bounds: tuple[tuple[str, float], ...]

    def met_by(self, value: object) -> bool:
        """Whether a number lies within them."""
        if isinstance(value, bool) or not isinstance(value, int | float):
            return False
        return all(_OPERATORS[operator](value, bound) for operator, bound in self.bounds)


class Cidr(msgspec.Struct, frozen=True, kw_only=True):
    """An address of a network."""

    network: str

    def met_by(self, value: object) -> bool:
        """Whether a text is an address of it."""
        try:
            address = ipaddress.ip_address(value if isinstance(value, str) else "")
        except ValueError:
            return False
        return address in ipaddress.ip_network(self.network)


class AnythingBut(msgspec.Struct, frozen=True, kw_only=True):
    """A value that none of these tests is met by."""

    tests: tuple["Equals | Affix | Wildcard", ...]

    def met_by(self, value: object) -> bool:
        """Whether none is met."""
        return not any(test.met_by(value) for test in self.tests)


class Exists(msgspec.Struct, frozen=True, kw_only=True):
    """Whether there is a value at all."""

    wanted: bool


Test = Equals | Affix | Wildcard | Numeric | Cidr | AnythingBut | Exists


def test_of(value: object, place: str) -> Test:
    """A test as a pattern writes it: a plain value, or an object of one operator.

    Raises: InvalidEventPatternError.
    """
    if not isinstance(value, dict):
        return _equals(value, place)
    if len(value) != 1:
        raise InvalidEventPatternError("an object here has one operator", place=place)
    operator, asked = next(iter(cast("dict[str, object]", value).items()))
    inside = f"{place}.{operator}"
    if operator in ("prefix", "suffix", _IGNORE_CASE, "wildcard"):
        return _text_test(operator, asked, inside)
    if operator == "numeric":
        return _numeric(asked, inside)
    if operator == "exists":
        if not isinstance(asked, bool):
            raise InvalidEventPatternError("exists is true or false", place=inside)
        return Exists(wanted=asked)
    if operator == "cidr":
        return _cidr(asked, inside)
    if operator == "anything-but":
        return _anything_but(asked, inside)
    raise InvalidEventPatternError(
        f'there is no operator "{operator[:40]}"',
        place=place,
        hint="there are prefix, suffix, equals-ignore-case, wildcard, anything-but, numeric, exists, cidr",
    )


def _equals(value: object, place: str) -> Equals:
    if value is None or isinstance(value, str | bool | int | float):
        return Equals(wanted=value)
    raise InvalidEventPatternError("a value is text, a number, true, false or null", place=place)


def _text_test(operator: str, asked: object, place: str) -> Affix | Wildcard:
    ignore_case = operator == _IGNORE_CASE
    if operator in ("prefix", "suffix") and isinstance(asked, dict) and list(asked) == [_IGNORE_CASE]:
        ignore_case, asked = True, asked[_IGNORE_CASE]
    if not isinstance(asked, str):
        raise InvalidEventPatternError(f"{operator} wants text", place=place)
    if operator == "wildcard":
        return Wildcard(pieces=_pieces(asked, place))
    return Affix(text=asked, begins=operator == "prefix", ends=operator == "suffix", ignore_case=ignore_case)


def _pieces(text: str, place: str) -> tuple[str, ...]:
    r"""The text between its stars; `\*` is a star, `\\` a backslash."""
    pieces = [""]
    at = 0
    while at < len(text):
        if text[at] == "*":
            if text[at + 1 : at + 2] == "*":
                raise InvalidEventPatternError("two stars in a row say no more than one", place=place)
            pieces.append("")
        elif text[at] == "\\":
            at += 1
            if text[at : at + 1] not in ("*", "\\"):
                raise InvalidEventPatternError("a backslash goes before * or another one only", place=place)
            pieces[-1] += text[at]
        else:
            pieces[-1] += text[at]
        at += 1
    return tuple(pieces)


def _numeric(asked: object, place: str) -> Numeric:
    parts = cast("Sequence[object]", asked) if isinstance(asked, list) else ()
    bounds: list[tuple[str, float]] = []
    for operator, bound in zip(parts[::2], parts[1::2], strict=False):
        if operator not in _OPERATORS or isinstance(bound, bool) or not isinstance(bound, int | float):
            raise InvalidEventPatternError('numeric reads [">", 0, "<=", 5]', place=place)
        if abs(bound) > NUMBER_LARGEST:
            raise InvalidEventPatternError(f"numbers go to {NUMBER_LARGEST}", place=place)
        bounds.append((operator, bound))
    signs = [operator[0] for operator, _ in bounds]
    if len(parts) % 2 or signs not in (["="], ["<"], [">"], [">", "<"]):
        raise InvalidEventPatternError(
            'numeric has one bound, or a lower and then an upper one: [">", 0, "<=", 5]', place=place
        )
    if len(bounds) > 1 and bounds[0][1] >= bounds[1][1]:
        raise InvalidEventPatternError("nothing lies between these bounds", place=place)
    return Numeric(bounds=tuple(bounds))


def _cidr(asked: object, place: str) -> Cidr:
    try:
        network = ipaddress.ip_network(asked if isinstance(asked, str) and "/" in asked else "", strict=False)
    except ValueError as error:
        raise InvalidEventPatternError('cidr reads "10.0.0.0/24"', place=place) from error
    return Cidr(network=str(network))


def _anything_but(asked: object, place: str) -> AnythingBut:
    if isinstance(asked, dict):
        if len(asked) != 1 or next(iter(asked)) not in ("prefix", "suffix", _IGNORE_CASE, "wildcard"):
            raise InvalidEventPatternError(
                "anything-but takes values, prefix, suffix, equals-ignore-case or wildcard", place=place
            )
        operator, inner = next(iter(asked.items()))
        texts = inner if isinstance(inner, list) else [inner]
        if not texts:
            raise InvalidEventPatternError("it names nothing", place=place)
        return AnythingBut(tests=tuple(_text_test(operator, each, f"{place}.{operator}") for each in texts))
    values = asked if isinstance(asked, list) else [asked]
    kinds = {str if isinstance(each, str) else float for each in values}
    if not values or len(kinds) > 1 or any(isinstance(each, bool | type(None)) for each in values):
        raise InvalidEventPatternError("anything-but takes texts, or numbers", place=place)
    return AnythingBut(tests=tuple(_equals(each, place) for each in values))

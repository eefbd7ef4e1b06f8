"""Event patterns as EventBridge reads them: which events somebody wants.

Source: Amazon EventBridge user guide, "Event patterns" and "Comparison operators", read 2026-11. Fields of a
pattern are joined by AND, values of a field by OR, `$or` joins patterns. A value of an event that is a list
is met when one of its items is. Numbers are compared as they are written, so 300 is not 300.0; `numeric`
compares them by value.
"""

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from laststop.pipeline.event_tests import Exists, InvalidEventPatternError, Test, test_of

PATTERN_CHARACTERS_MAX: Final = 4096
DEPTH_MAX: Final = 32
_OR: Final = "$or"
_ALTERNATIVES_MIN: Final = 2
_MISSING: Final = object()

Event = Mapping[str, Any]


class Leaf(msgspec.Struct, frozen=True, kw_only=True):
    """What a value must be: one of these tests is enough."""

    tests: tuple[Test, ...]

    def met_by(self, value: object) -> bool:
        """Whether a value, or one of its items, meets a test."""
        values = [each for each in _items(value) if not isinstance(each, dict)]
        for test in self.tests:
            if isinstance(test, Exists):
                if test.wanted == bool(values):
                    return True
            elif any(test.met_by(each) for each in values):
                return True
        return False


class Branch(msgspec.Struct, frozen=True, kw_only=True):
    """What an object must hold: every field as asked, and of every `$or` one alternative."""

    fields: tuple[tuple[str, "Leaf | Branch"], ...] = ()
    either: tuple["Branch", ...] = ()

    def met_by(self, value: object) -> bool:
        """Whether a value, or one of its items, holds it; what is no object holds nothing."""
        objects = [each for each in _items(value) if isinstance(each, dict)]
        return any(self.held_by(each) for each in objects or [{}])

    def held_by(self, members: Event) -> bool:
        """Whether an object holds it."""
        if not all(node.met_by(members.get(key, _MISSING)) for key, node in self.fields):
            return False
        return not self.either or any(each.held_by(members) for each in self.either)


class EventPattern(msgspec.Struct, frozen=True, kw_only=True):
    """A whole pattern; `text` is how it was written."""

    text: str
    root: Branch

    def matches(self, event: Event) -> bool:
        """Whether an event is one that was asked for."""
        return self.root.held_by(event)


def read_pattern(text: str) -> EventPattern:
    """A pattern from its JSON.

    Raises: InvalidEventPatternError naming the place in it.
    """
    if len(text) > PATTERN_CHARACTERS_MAX:
        raise InvalidEventPatternError(f"a pattern has at most {PATTERN_CHARACTERS_MAX} characters")
    try:
        value = msgspec.json.decode(text.encode(errors="replace"))
    except (msgspec.DecodeError, RecursionError) as error:
        raise InvalidEventPatternError(f"it is no JSON: {error}") from error
    return EventPattern(text=text, root=_branch(value, "pattern", 0))


def _items(value: object) -> list[object]:
    """A value's items, lists inside lists taken apart; a missing value has none."""
    if value is _MISSING:
        return []
    if isinstance(value, list | tuple):
        return [inner for each in value for inner in _items(each)]
    return [value]


def _branch(value: object, place: str, depth: int) -> Branch:
    if not isinstance(value, dict):
        raise InvalidEventPatternError("it is an object of fields", place=place)
    if not value:
        raise InvalidEventPatternError("an empty object asks for nothing", place=place)
    if depth > DEPTH_MAX:
        raise InvalidEventPatternError(f"it is nested more than {DEPTH_MAX} deep", place=place)
    fields: list[tuple[str, Leaf | Branch]] = []
    either: tuple[Branch, ...] = ()
    for key, asked in value.items():
        inside = f"{place}.{key}"
        if key == _OR:
            either = _alternatives(asked, inside, depth)
        elif isinstance(asked, dict):
            fields.append((key, _branch(asked, inside, depth + 1)))
        else:
            fields.append((key, _leaf(asked, inside)))
    return Branch(fields=tuple(fields), either=either)


def _alternatives(value: object, place: str, depth: int) -> tuple[Branch, ...]:
    if not isinstance(value, list) or len(value) < _ALTERNATIVES_MIN:
        raise InvalidEventPatternError("$or is a list of two objects or more", place=place)
    return tuple(_branch(each, f"{place}[{index}]", depth + 1) for index, each in enumerate(value))


def _leaf(value: object, place: str) -> Leaf:
    if not isinstance(value, list) or not value:
        raise InvalidEventPatternError(
            "what a field may be is a list", place=place, hint='write ["VALUE"] instead of "VALUE"'
        )
    return Leaf(tests=tuple(test_of(each, f"{place}[{index}]") for index, each in enumerate(value)))

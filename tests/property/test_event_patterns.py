"""Event patterns: laws that hold for any pattern and any event."""

import fnmatch
import json
import re

from hypothesis import given
from hypothesis import strategies as st

from laststop.pipeline.event_pattern import read_pattern
from laststop.pipeline.event_tests import InvalidEventPatternError

_SCALARS = st.one_of(st.text("abAB.*\\", max_size=5), st.integers(-9, 9), st.booleans(), st.none())
_VALUES = st.recursive(
    _SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("xyz"), inner, max_size=3),
    max_leaves=8,
)
_EVENTS = st.dictionaries(st.sampled_from("xyz"), _VALUES, max_size=3)


def asks(test: object, value: object) -> bool:
    return read_pattern(json.dumps({"x": [test]})).matches({"x": value})


@given(_VALUES)
def test_any_json_is_read_or_refused(value: object) -> None:
    try:
        pattern = read_pattern(json.dumps(value))
    except InvalidEventPatternError:
        return
    assert pattern.matches({}) in (True, False)


@given(st.text("abAB.", max_size=6), st.text("abAB.", max_size=3))
def test_operators_on_text_are_those_of_text(text: str, part: str) -> None:
    assert asks({"prefix": part}, text) == text.startswith(part)
    assert asks({"suffix": part}, text) == text.endswith(part)
    assert asks({"equals-ignore-case": part}, text) == (text.lower() == part.lower())
    assert asks({"anything-but": part}, text) == (text != part)
    assert asks(part, text) == (text == part)


@given(st.text("ab", max_size=8), st.text("ab*", max_size=6))
def test_a_wildcard_means_what_a_shell_means_by_its_stars(text: str, pattern: str) -> None:
    single = re.sub(r"\*+", "*", pattern)
    assert asks({"wildcard": single}, text) == fnmatch.fnmatchcase(text, single)


@given(st.integers(-9, 9), st.integers(-9, 9), st.integers(1, 9))
def test_numeric_bounds_hold_as_numbers_do(value: int, low: int, width: int) -> None:
    assert asks({"numeric": [">=", low, "<", low + width]}, value) == (low <= value < low + width)


@given(_EVENTS)
def test_a_field_exists_or_does_not(event: dict[str, object]) -> None:
    there = read_pattern('{"x": [{"exists": true}]}').matches(event)
    gone = read_pattern('{"x": [{"exists": false}]}').matches(event)
    assert there != gone


@given(_EVENTS, _SCALARS, _SCALARS)
def test_values_are_joined_by_or_and_fields_by_and(
    event: dict[str, object], one: object, other: object
) -> None:
    def matches(pattern: object) -> bool:
        return read_pattern(json.dumps(pattern)).matches(event)

    assert matches({"x": [one, other]}) == (matches({"x": [one]}) or matches({"x": [other]}))
    assert matches({"x": [one], "y": [other]}) == (matches({"x": [one]}) and matches({"y": [other]}))
    assert matches({"$or": [{"x": [one]}, {"y": [other]}]}) == (
        matches({"x": [one]}) or matches({"y": [other]})
    )

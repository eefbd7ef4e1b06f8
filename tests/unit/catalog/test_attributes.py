import math
from decimal import Decimal

import pytest

from laststop.catalog.attributes import checked_attributes, identical
from laststop.errors import UsageError


def test_attributes_take_the_form_a_table_would_return():
    given = {"a": 1.0, "b": -0.0, "c": (1, "x", None), "d": {"e": True, "f": 0.5}, "g": 1e20, "h": ""}
    normal = checked_attributes(given, ())
    assert identical(
        normal, {"a": 1, "b": 0, "c": [1, "x", None], "d": {"e": True, "f": 0.5}, "g": 10**20, "h": ""}
    )


def nested(levels):
    value = 1
    for _ in range(levels):
        value = [value]
    return value


@pytest.mark.parametrize(
    ("value", "place"),
    [
        (math.nan, "attributes.x"),
        (math.inf, "attributes.x"),
        (10**126, "attributes.x"),
        (int("1" * 39), "attributes.x"),
        (1e-140, "attributes.x"),
        (b"bytes", "attributes.x"),
        (Decimal(1), "attributes.x"),
        ({"y": [0, {"z": object()}]}, "attributes.x.y[1].z"),
        ({"": 1}, "attributes.x"),
        ({7: 1}, "attributes.x"),
        (["\ud800"], "attributes.x[0]"),
        (nested(32), "attributes.x" + "[0]" * 32),
        ("x" * 300_000, "attributes"),
    ],
)
def test_what_a_table_cannot_keep_is_refused_at_its_place(value, place):
    with pytest.raises(UsageError) as caught:
        checked_attributes({"x": value}, ())
    assert caught.value.place == place
    assert caught.value.hint


def test_an_attribute_cannot_hide_a_column():
    with pytest.raises(UsageError, match="column") as caught:
        checked_attributes({"phase": "x"}, ("phase",))
    assert caught.value.place == "attributes.phase"


@pytest.mark.parametrize(("left", "right"), [(True, 1), (1, 1.0), ({"a": 0}, {"a": False}), ([1], [True])])
def test_json_that_python_takes_for_equal_is_told_apart(left, right):
    assert left == right
    assert not identical(left, right)


def test_the_order_of_keys_makes_no_difference():
    assert identical({"a": 1, "b": 2}, {"b": 2, "a": 1})

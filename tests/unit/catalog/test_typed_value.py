import pytest

from laststop.catalog.attributes import identical
from laststop.catalog.typed_value import item_size_bytes, plain_number, plain_value, typed_value
from laststop.errors import InvariantError, UsageError


@pytest.mark.parametrize(
    ("typed", "plain"),
    [
        ({"S": ""}, ""),
        ({"N": "50"}, 50),
        ({"BOOL": False}, False),
        ({"NULL": True}, None),
        ({"L": [{"S": "a"}, {"N": "1.5"}]}, ["a", 1.5]),
        ({"M": {"a": {"M": {}}}}, {"a": {}}),
        ({"SS": ["b", "a"]}, ["a", "b"]),
        ({"SS": {"b", "a"}}, ["a", "b"]),
        ({"NS": ["10", "9", "0.5"]}, [0.5, 9, 10]),
    ],
)
def test_every_type_but_binary_becomes_json(typed, plain):
    assert identical(plain_value(typed, "x"), plain)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("0", 0),
        ("-7", -7),
        ("007", 7),
        ("1.0", 1),
        ("1E+3", 1000),
        ("-0", 0),
        ("12345678901234567890123456789012345678", 12345678901234567890123456789012345678),
        ("1E+125", 10**125),
        ("0.1", 0.1),
        ("1E-130", 1e-130),
        ("19.99", 19.99),
        ("3.14159265358979323846", "3.14159265358979323846"),  # a float would say something else
    ],
)
def test_no_digit_of_a_number_is_lost(text, number):
    assert identical(plain_number(text, "n"), number)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x",
        "NaN",
        "Infinity",
        "1E+126",
        "1E-131",
        "1E+999999999",
        "9" * 10_000,
        "1_000",
        "१",
        " 1",
        "1\n",
        "0x10",
    ],
)
def test_a_text_that_no_table_holds_is_no_number(text):
    with pytest.raises(UsageError) as caught:
        plain_number(text, "n")
    assert caught.value.place == "n"


@pytest.mark.parametrize(
    ("typed", "place"),
    [
        ({"B": "AAEC"}, "x"),
        ({"BS": ["AAEC"]}, "x"),
        ({"L": [{"S": "a"}, {"M": {"y": {"B": "AA=="}}}]}, "x[1].y"),
        ({"S": 1}, "x"),
        ({"N": 1}, "x"),
        ({"BOOL": "true"}, "x"),
        ({"NULL": False}, "x"),
        ({"L": {}}, "x"),
        ({"M": []}, "x"),
        ({"SS": ["a", 1]}, "x"),
        ({"NS": ["a"]}, "x"),
        ({"X": "a"}, "x"),
        ({"S": "a", "N": "1"}, "x"),
        ({}, "x"),
        ("a", "x"),
        (None, "x"),
    ],
)
def test_what_json_cannot_carry_is_refused_at_its_place(typed, place):
    with pytest.raises(UsageError) as caught:
        plain_value(typed, "x")
    assert caught.value.place == place


def test_nesting_is_bounded():
    typed = {"S": "deep"}
    for _ in range(500):
        typed = {"L": [typed]}
    with pytest.raises(UsageError, match="32 levels"):
        plain_value(typed, "x")


def test_a_value_that_was_never_checked_is_our_bug():
    with pytest.raises(InvariantError):
        typed_value(b"bytes")


@pytest.mark.parametrize(
    ("items", "size_bytes"),
    [
        # the three records of the developer guide's sample event: keys and images together
        ([{"Id": {"N": "101"}}, {"Message": {"S": "New item!"}, "Id": {"N": "101"}}], 26),
        (
            [
                {"Id": {"N": "101"}},
                {"Message": {"S": "This item has changed"}, "Id": {"N": "101"}},
                {"Message": {"S": "New item!"}, "Id": {"N": "101"}},
            ],
            59,
        ),
        ([{"Id": {"N": "101"}}, {"Message": {"S": "This item has changed"}, "Id": {"N": "101"}}], 38),
        (
            [
                {
                    "n": {"NULL": True},
                    "b": {"BOOL": True},
                    "l": {"L": [{"N": "-1"}]},
                    "m": {"M": {"k": {"S": "ä"}}},
                }
            ],
            20,
        ),
    ],
)
def test_sizes_follow_the_documented_rules(items, size_bytes):
    assert sum(map(item_size_bytes, items)) == size_bytes

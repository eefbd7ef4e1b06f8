import json

import pytest

from laststop.errors import UsageError
from laststop.site.versions import differences

EXPECTED = {"routing": {"bgp": "2.1", "ospf": "1.0"}, "firewall": {"nat": "3"}}


def found(shown: object) -> tuple[str, ...]:
    return differences(json.dumps(shown).encode(), EXPECTED, place="/versions.json")


FLAT = {"bgp": "2.1", "ospf": "1.0", "nat": "3"}
BY_TYPE = {"routing": {"bgp": "2.1", "ospf": "1.0"}, "firewall": {"nat": "3"}}
DOCUMENTS = {
    "routing": {"generation": 4, "algorithms": {"bgp": {"version": "2.1"}, "ospf": {"version": "1.0"}}},
    "firewall": {"type": "firewall", "algorithms": {"nat": {"version": "3", "attributes": {}}}},
}


@pytest.mark.parametrize(
    "shown",
    [
        FLAT,
        BY_TYPE,
        DOCUMENTS,
        {**FLAT, "generated": "today", "count": 3},
        {**BY_TYPE, "generated": "today"},
        {"routing": BY_TYPE["routing"], "nat": "3"},
        {"routing": {**BY_TYPE["routing"], "count": 2}, "firewall": {"nat": "3"}},
    ],
)
def test_each_shape_that_agrees_shows_no_difference(shown: object) -> None:
    assert found(shown) == ()


@pytest.mark.parametrize(
    ("shown", "sentences"),
    [
        ({**FLAT, "bgp": "2.0"}, ("bgp is shown as 2.0, 2.1 is active",)),
        ({"bgp": "2.1", "ospf": "1.0"}, ("nat is missing, 3 is active",)),
        ({**BY_TYPE, "firewall": {}}, ("nat is missing, 3 is active",)),
        ({**BY_TYPE, "firewall": {"nat": 3}}, ("nat is missing, 3 is active",)),
        (
            {**BY_TYPE, "firewall": {"nat": "3", "old": "1"}},
            ("old is shown as 1, none is active",),
        ),
        (
            {},
            (
                "nat is missing, 3 is active",
                "bgp is missing, 2.1 is active",
                "ospf is missing, 1.0 is active",
            ),
        ),
    ],
)
def test_a_difference_is_a_sentence(shown: object, sentences: tuple[str, ...]) -> None:
    assert found(shown) == sentences


def test_no_algorithms_are_expected_of_an_empty_document() -> None:
    assert differences(b'{"routing": {}}', {"routing": {}}, place="x") == ()


@pytest.mark.parametrize("content", [b"", b"<html>", b"[]", b'"x"', b"\xff", b"[" * 100_000])
def test_what_is_no_list_of_versions_is_refused_with_its_place(content: bytes) -> None:
    with pytest.raises(UsageError) as caught:
        differences(content, EXPECTED, place="http://edge/versions.json")
    assert caught.value.place == "http://edge/versions.json"

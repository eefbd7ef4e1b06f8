import pytest

from laststop.catalog.document import (
    Entry,
    EntryChange,
    delta,
    empty,
    entries_for,
    with_entries,
    with_types,
)
from laststop.catalog.version import VersionRow
from laststop.errors import InvariantError

BLANK = empty("documents", ("routing", "firewall"))
ROW = VersionRow(algorithm="ospf", version="1.0", type="routing", phase="X", attributes={"n": 1})
ONE = with_entries(BLANK, {("routing", "ospf"): Entry(version="1.0", attributes={"n": 1})})


def test_the_first_document_is_empty_and_of_generation_zero():
    assert (BLANK.object, BLANK.generation, BLANK.types) == ("documents", 0, {"routing": {}, "firewall": {}})


def test_a_document_without_a_type_is_our_bug():
    with pytest.raises(InvariantError):
        empty("documents", ())


def test_a_difference_raises_the_generation_by_one():
    assert ONE.generation == 1
    assert BLANK.types == {"routing": {}, "firewall": {}}  # the old value stays what it was
    two = with_entries(
        ONE, {("routing", "ospf"): Entry(version="1.1"), ("firewall", "acl"): Entry(version="2")}
    )
    assert two.generation == 2
    assert with_entries(two, {("routing", "ospf"): None, ("firewall", "acl"): None}).types == BLANK.types


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {("routing", "ospf"): Entry(version="1.0", attributes={"n": 1})},
        {("routing", "bgp"): None, ("firewall", "ospf"): None},
    ],
)
def test_what_differs_in_nothing_is_the_same_document(changes):
    assert with_entries(ONE, changes) is ONE


def test_true_in_place_of_one_is_a_difference():
    changed = with_entries(ONE, {("routing", "ospf"): Entry(version="1.0", attributes={"n": True})})
    assert changed.generation == 2


def test_an_unknown_type_is_our_bug():
    with pytest.raises(InvariantError, match="switching"):
        with_entries(BLANK, {("switching", "vlan"): None})


def test_an_algorithm_stands_under_its_active_version_type_only():
    assert entries_for("ospf", ROW, ("routing", "firewall")) == {
        ("routing", "ospf"): Entry(version="1.0", attributes={"n": 1}),
        ("firewall", "ospf"): None,
    }
    assert entries_for("ospf", ROW, ("firewall",)) == {("firewall", "ospf"): None}
    assert entries_for("ospf", None, ("routing",)) == {("routing", "ospf"): None}


def test_a_delta_names_every_difference_once_in_order():
    new = with_entries(
        ONE,
        {
            ("routing", "ospf"): Entry(version="1.1"),
            ("routing", "bgp"): Entry(version="3"),
            ("firewall", "acl"): Entry(version="2"),
        },
    )
    assert delta(ONE, new) == (
        EntryChange(type="firewall", algorithm="acl", before=None, after=Entry(version="2")),
        EntryChange(type="routing", algorithm="bgp", before=None, after=Entry(version="3")),
        EntryChange(
            type="routing",
            algorithm="ospf",
            before=Entry(version="1.0", attributes={"n": 1}),
            after=Entry(version="1.1"),
        ),
    )
    assert delta(ONE, ONE) == ()


def test_types_dealt_anew_keep_their_entries():
    dealt = with_types(ONE, ("routing", "switching"))
    assert dealt.generation == 2
    assert dealt.types == {"routing": ONE.types["routing"], "switching": {}}
    assert with_types(ONE, ("firewall", "routing")) is ONE

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from laststop.catalog.dealing import document_objects
from laststop.errors import UsageError


def hands(types: list[str], objects: int | None = None) -> list[tuple[str, tuple[str, ...]]]:
    return [(dealt.key, dealt.types) for dealt in document_objects(types, objects)]


def test_up_to_four_types_have_an_object_each() -> None:
    assert hands(["routing", "firewall"]) == [("routing.zip", ("routing",)), ("firewall.zip", ("firewall",))]


def test_more_types_are_dealt_into_four() -> None:
    assert hands(list("abcdefg")) == [
        ("documents-1.zip", ("a", "e")),
        ("documents-2.zip", ("b", "f")),
        ("documents-3.zip", ("c", "g")),
        ("documents-4.zip", ("d",)),
    ]


def test_one_object_carries_all() -> None:
    assert hands(["a", "b"], 1) == [("documents.zip", ("a", "b"))]


@pytest.mark.parametrize(("types", "objects"), [([], None), (["a"], 0), (["a"], 2), (list("abcdef"), 5)])
def test_an_impossible_deal_is_refused(types: list[str], objects: int | None) -> None:
    with pytest.raises(UsageError):
        document_objects(types, objects)


@settings(deadline=None)
@given(st.lists(st.text("abc", min_size=1), min_size=5, unique=True), st.text("d", min_size=1))
def test_every_type_is_dealt_once_and_a_new_one_moves_no_other(types: list[str], new: str) -> None:
    before = document_objects(types)
    assert sorted(name for dealt in before for name in dealt.types) == sorted(types)
    after = document_objects([*types, new])
    assert all(
        new_hand.types[: len(hand.types)] == hand.types for hand, new_hand in zip(before, after, strict=True)
    )

import pytest

from laststop.catalog.names import check_name, did_you_mean
from laststop.errors import UsageError


@pytest.mark.parametrize(
    "name",
    [
        "a",
        "ospf-area",
        "1.0",
        "v1.0+build.7",
        "1!2.0~rc1",
        "@scope",
        "näme",
        "नई",
        "with blank",
        "a#b",
        "x" * 255,
        "...",
    ],
)
def test_a_real_name_passes(name):
    assert check_name(name, "version") == name


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("", "is empty"),
        ("a/b", "slash"),
        ("a\\b", "slash"),
        ("#active", "own items"),
        (".", "folder"),
        ("..", "folder"),
        ("a\nb", "printed"),
        ("a\x00", "printed"),
        ("a\u202eb", "printed"),
        ("\ud800", "printed"),
        (" a", "blank"),
        ("a ", "blank"),
        ("x" * 256, "255 bytes"),
        ("ä" * 128, "255 bytes"),
    ],
)
def test_what_cannot_be_a_name_is_refused_with_its_reason(name, why):
    with pytest.raises(UsageError, match=why) as caught:
        check_name(name, "algorithm")
    assert caught.value.place == "algorithm"
    assert caught.value.hint
    assert len(str(caught.value)) < 200


def test_the_nearest_known_word_is_proposed():
    assert did_you_mean("ruoting", ["routing", "firewall"]) == 'did you mean "routing"?'
    assert did_you_mean("xyz", ["routing", "firewall"]) == "known are: firewall, routing"
    assert did_you_mean("xyz", []) == "known are: none"

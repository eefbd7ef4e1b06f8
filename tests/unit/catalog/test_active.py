import pytest

from laststop.catalog.active import active
from laststop.catalog.version import VersionRow


def rows(*versions):
    return [
        VersionRow(algorithm="ospf", version=version, type="routing", phase="PACKAGE_TESTS_COMPLETE")
        for version in versions
    ]


@pytest.mark.parametrize(
    ("versions", "pin", "allow_prereleases", "expected"),
    [
        ([], None, False, None),
        ([], "1.0", False, None),
        (["1.0", "1.10", "1.9"], None, False, "1.10"),
        (["1.0", "1.10"], "1.0", False, "1.0"),  # a pin holds newer ones
        (["1.0", "1.10"], "1.11", False, "1.10"),  # a pin on what does not count holds nothing
        (["1.0", "2.0rc1"], "2.0rc1", False, "2.0rc1"),  # a pin may choose a pre-release
        (["1.0", "2.0rc1"], None, False, "1.0"),
        (["1.0", "2.0rc1"], None, True, "2.0rc1"),
        (["1.0", "1.0.0"], "1.0", False, "1.0"),  # a pin names one text, not a value
    ],
)
def test_the_pin_or_the_highest_is_shown(versions, pin, allow_prereleases, expected):
    for given in (rows(*versions), rows(*reversed(versions)), rows(*versions, *versions)):
        shown = active(given, pin, allow_prereleases=allow_prereleases)
        assert (shown and shown.version) == expected


def test_prereleases_are_not_shown_unless_somebody_says_otherwise():
    shown = active(rows("1.0", "2.0rc1"), None)
    assert shown is not None
    assert shown.version == "1.0"

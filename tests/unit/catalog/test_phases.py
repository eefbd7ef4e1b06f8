import pytest

from laststop.catalog.phases import Phases

PHASES = Phases()


@pytest.mark.parametrize(
    ("old", "new", "release", "retirement"),
    [
        (None, "PACKAGE_TESTS_COMPLETE", True, False),
        ("UPLOADED", "PACKATE_TESTS_COMPLETE", True, False),
        ("", "PACKAGE_TESTS_COMPLETE", True, False),
        ("RETIRED", "PACKAGE_TESTS_COMPLETE", True, False),
        ("PACKATE_TESTS_COMPLETE", "PACKAGE_TESTS_COMPLETE", False, False),  # a corrected spelling
        ("PACKAGE_TESTS_COMPLETE", "PACKAGE_TESTS_RUNNING", False, False),  # a re-test
        ("PACKAGE_TESTS_COMPLETE", "RETIRED", False, True),
        ("RETIRED", "RETIRED", False, False),
        (None, "RETIRED", False, True),
        ("UPLOADED", None, False, False),
        ("UPLOADED", "package_tests_complete", False, False),
    ],
)
def test_only_a_step_from_outside_enters(old, new, release, retirement):
    assert PHASES.enters_release(old, new) is release
    assert PHASES.enters_retirement(old, new) is retirement


def test_a_mistyped_phase_is_noticed_and_an_own_one_is_not():
    assert PHASES.likely_meant("PACKAGE_TEST_COMPLETE") == "PACKAGE_TESTS_COMPLETE"
    assert PHASES.likely_meant("RETIERD") == "RETIRED"
    assert PHASES.likely_meant("SECURITY_REVIEW") is None
    assert PHASES.likely_meant("UPLOADED") is None
    assert Phases(release=frozenset({"SHIPPED"})).likely_meant("SHIPED") == "SHIPPED"

from datetime import UTC, datetime

import pytest

from laststop.catalog.change import Image, change_between, image_of_pin, image_of_row
from laststop.catalog.phases import Phases
from laststop.catalog.version import PIN, VersionRow

NOW = datetime(2026, 11, 23, 17, 33, 11, tzinfo=UTC)


def change(old, new, version="1.0"):
    return change_between(sequence_number=7, algorithm="ospf", version=version, old=old, new=new, at=NOW)


def phase(text):
    return Image(type="routing", phase=text)


@pytest.mark.parametrize(
    ("old", "new", "event", "wakes"),
    [
        (None, phase("UPLOADED"), "INSERT", False),
        (None, phase("PACKAGE_TESTS_COMPLETE"), "INSERT", True),
        (phase("PACKAGE_TESTS_RUNNING"), phase("PACKATE_TESTS_COMPLETE"), "MODIFY", True),
        (phase("PACKATE_TESTS_COMPLETE"), phase("PACKAGE_TESTS_COMPLETE"), "MODIFY", False),
        (phase("PACKAGE_TESTS_COMPLETE"), phase("PACKAGE_TESTS_RUNNING"), "MODIFY", False),
        (phase("PACKAGE_TESTS_RUNNING"), phase("PACKAGE_TESTS_FAILED"), "MODIFY", False),
        (phase("PACKAGE_TESTS_COMPLETE"), phase("RETIRED"), "MODIFY", True),
        (phase("PACKAGE_TESTS_COMPLETE"), None, "REMOVE", True),
        (phase("PACKAGE_TESTS_RUNNING"), None, "REMOVE", True),  # a re-test: it may have counted
        (phase("RETIRED"), None, "REMOVE", False),
    ],
)
def test_a_bell_rings_when_a_document_may_have_to_change(old, new, event, wakes):
    found = change(old, new)
    assert (found.event, found.wakes(Phases())) == (event, wakes)


def test_new_attributes_of_a_released_version_ring_no_bell():
    old, new = (
        phase("PACKAGE_TESTS_COMPLETE"),
        Image(type="routing", phase="PACKAGE_TESTS_COMPLETE", attributes={"a": 1}),
    )
    assert not change(old, new).wakes(Phases())


@pytest.mark.parametrize(
    ("old", "new", "wakes"), [(None, "1.0", True), ("1.0", "2.0", True), ("1.0", None, True)]
)
def test_every_move_of_a_pin_rings(old, new, wakes):
    found = change(image_of_pin(old), image_of_pin(new), PIN)
    assert found.is_pin
    assert found.row is None
    assert found.wakes(Phases()) is wakes


def test_a_pin_item_that_keeps_its_version_rings_no_bell():
    noted = Image(pin="1.0", attributes={"by": "somebody"})
    assert not change(image_of_pin("1.0"), noted, PIN).wakes(Phases())


def test_what_changes_nothing_is_no_change():
    assert change(None, None) is None
    assert change(phase("X"), phase("X")) is None
    assert change(Image(attributes={"a": 1}), Image(attributes={"a": True})) is not None


def test_a_change_gives_the_row_it_left():
    row = VersionRow(algorithm="ospf", version="1.0", type="routing", phase="UPLOADED", attributes={"a": 1})
    assert change(None, image_of_row(row)).row == row
    assert change(image_of_row(row), None).row is None

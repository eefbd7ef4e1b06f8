import itertools

import pytest

from aws_rules.patterns import matches
from laststop.catalog.change import Image, change_between
from laststop.catalog.columns import OWN_COLUMNS, Columns
from laststop.catalog.phases import Phases
from laststop.catalog.record import encode_record
from laststop.catalog.stream_filter import FILTERS_MAX, stream_filters
from unit.homes.home_workbench import EPOCH

PHASES = Phases()
STANDS = (
    "UPLOADED",
    "PACKAGE_TESTS_RUNNING",
    "PACKAGE_TESTS_COMPLETE",
    "PACKATE_TESTS_COMPLETE",
    "RETIRED",
    "",
    None,
)


def change(old, new, *, version="1.0", pins=False):
    """A step from phase to phase (or pin to pin); None is no row, and "" a row without a phase."""

    def image(text):
        if text is None:
            return None
        return Image(pin=text) if pins else Image(type="routing", phase=text)

    return change_between(
        sequence_number=7, algorithm="bgp", version=version, old=image(old), new=image(new), at=EPOCH
    )


def passes(one, columns=OWN_COLUMNS) -> bool:
    record = encode_record(one, arn="arn", region="r", columns=columns)
    for image in ("OldImage", "NewImage"):  # a row of a table that others write may lack the attribute
        if record["dynamodb"].get(image, {}).get(columns.phase) == {"S": ""}:
            del record["dynamodb"][image][columns.phase]
    return any(matches(pattern, record) for pattern in stream_filters(PHASES, columns))


@pytest.mark.parametrize(("old", "new"), list(itertools.permutations(STANDS, 2)))
def test_whatever_wakes_publishing_gets_through(old, new):
    one = change(old, new)
    if not old and new in ("RETIRED", None):
        assert not passes(one)  # it never counted, or its phase was taken away before: the sweep sees to that
    elif one.wakes(PHASES):
        assert passes(one)


@pytest.mark.parametrize("phase", [each for each in STANDS if each])
def test_a_row_that_only_got_other_attributes_is_skipped(phase):
    record = encode_record(change("UPLOADED", phase), arn="arn", region="r") if phase != "UPLOADED" else None
    if record is None:
        return
    record["dynamodb"]["OldImage"] = record["dynamodb"]["NewImage"] | {"published": {"S": "routing#7"}}
    assert not any(matches(pattern, record) for pattern in stream_filters(PHASES, OWN_COLUMNS))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("UPLOADED", "PACKAGE_TESTS_RUNNING"),
        ("PACKAGE_TESTS_COMPLETE", "PACKATE_TESTS_COMPLETE"),
        (None, "UPLOADED"),
        ("RETIRED", None),
    ],
)
def test_steps_that_change_no_document_call_nobody(old, new):
    assert not passes(change(old, new))


@pytest.mark.parametrize(("old", "new"), [(None, "1.0"), ("1.0", "1.1"), ("1.1", None)])
def test_pins_get_through(old, new):
    assert passes(change(old, new, version="#active", pins=True))


def test_a_table_of_other_columns_is_filtered_by_their_names():
    columns = Columns(algorithm="name", version="revision", phase="state")
    assert passes(change("UPLOADED", "PACKAGE_TESTS_COMPLETE"), columns)
    assert not passes(change("PACKAGE_TESTS_COMPLETE", "PACKAGE_TESTS_RUNNING"), columns)
    assert passes(change(None, "1.0", version="#active", pins=True), columns)


def test_there_are_no_more_filters_than_aws_takes():
    assert len(stream_filters(PHASES, OWN_COLUMNS)) == FILTERS_MAX

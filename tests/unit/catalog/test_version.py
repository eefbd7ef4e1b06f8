import msgspec
import pytest

from laststop.catalog.columns import Columns
from laststop.catalog.phases import Phases
from laststop.catalog.version import VersionRow, WantedVersion, decide_put
from laststop.errors import ConflictError, NotFoundError, UsageError

PHASES = Phases()
TYPES = ("routing", "firewall")
ROW = VersionRow(
    algorithm="ospf", version="1.0", type="routing", phase="UPLOADED", attributes={"title": "OSPF", "n": 1}
)


def put(existing, **wanted):
    names = {"algorithm": "ospf", "version": "1.0"} | wanted
    return decide_put(existing, WantedVersion(**names), types=TYPES, phases=PHASES)


def test_a_new_version_starts_uploaded():
    assert put(None, type="routing") == msgspec.structs.replace(ROW, attributes={})


def test_what_is_not_named_stays():
    assert put(ROW, phase="PACKAGE_TESTS_RUNNING") == msgspec.structs.replace(
        ROW, phase="PACKAGE_TESTS_RUNNING"
    )


def test_given_attributes_replace_all_others():
    row = put(ROW, attributes={"n": 2.0})
    assert row.attributes == {"n": 2}
    assert isinstance(row.attributes["n"], int)


@pytest.mark.parametrize(
    "wanted",
    [
        {},
        {"type": "routing"},
        {"phase": "UPLOADED"},
        {"attributes": {"n": 1.0, "title": "OSPF"}},
        {"type": "routing", "phase": "UPLOADED", "attributes": {"title": "OSPF", "n": 1}},
    ],
)
def test_the_same_again_changes_nothing(wanted):
    assert put(ROW, **wanted) is None


def test_true_is_not_one():
    assert put(ROW, attributes={"title": "OSPF", "n": True}) is not None


def test_a_release_is_remembered_through_a_retest_until_retired():
    released = put(ROW, phase="PACKAGE_TESTS_COMPLETE")
    retested = put(released, phase="PACKAGE_TESTS_RUNNING")
    failed = put(retested, phase="PACKAGE_TESTS_FAILED")
    retired = put(failed, phase="RETIRED")
    again = put(retired, phase="UPLOADED")
    rows = (ROW, released, retested, failed, retired, again)
    assert [row.released for row in rows] == [False, True, True, True, False, False]


def test_a_released_row_that_others_wrote_is_remembered_too():
    foreign = msgspec.structs.replace(ROW, phase="PACKATE_TESTS_COMPLETE", released=False)
    assert put(foreign, phase="PACKAGE_TESTS_RUNNING").released


@pytest.mark.parametrize(
    ("existing", "wanted", "error", "words"),
    [
        (None, {"type": "ruoting"}, UsageError, 'did you mean "routing"?'),
        (None, {}, NotFoundError, "laststop catalog put ospf 1.0 --type TYPE"),
        (None, {"algorithm": "a/b", "type": "routing"}, UsageError, "another name"),
        (None, {"version": "#active", "type": "routing"}, UsageError, "another name"),
        (None, {"type": "routing", "phase": ""}, UsageError, "another name"),
        (None, {"type": "routing", "attributes": {"type": "x"}}, UsageError, "another attribute name"),
        (ROW, {"type": "firewall"}, ConflictError, "fixed for its life"),
        (msgspec.structs.replace(ROW, type=""), {"phase": "X"}, NotFoundError, "--type TYPE"),
        (
            msgspec.structs.replace(ROW, type="gone"),
            {"phase": "X"},
            UsageError,
            "known are: firewall, routing",
        ),
    ],
)
def test_what_cannot_be_put_is_answered_with_the_next_step(existing, wanted, error, words):
    with pytest.raises(error) as caught:
        put(existing, **wanted)
    assert type(caught.value) is error
    assert words in caught.value.hint
    assert caught.value.place


def test_a_version_of_a_type_that_is_gone_can_still_be_retired():
    assert put(msgspec.structs.replace(ROW, type="gone"), phase="RETIRED").phase == "RETIRED"


def test_a_row_without_a_type_can_be_given_one():
    assert put(msgspec.structs.replace(ROW, type=""), type="firewall").type == "firewall"


def test_reserved_names_are_those_of_the_table():
    wanted = WantedVersion(algorithm="ospf", version="1.0", attributes={"type": "free here"})
    columns = Columns(type="kind")
    row = decide_put(ROW, wanted, types=TYPES, phases=PHASES, columns=columns)
    assert row.attributes == {"type": "free here"}

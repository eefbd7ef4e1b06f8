"""A table that others write: their names, their kinds of values, their broken rows."""

import pytest

from laststop.catalog.columns import columns_of
from laststop.catalog.version import VersionRow
from laststop.errors import ConflictError, TransientError, UsageError
from laststop.homes.aws.service import JsonService, SignedSender
from laststop.homes.aws.table import Table
from laststop.homes.aws.versions import TableVersions
from unit.homes.aws.service_fakes import LOST, fine, refusal, service

COLUMNS = columns_of({"algorithm": "name", "type": "kind", "phase": "state", "pin": "chosen"})


@pytest.fixture
def foreign(aws):
    """An existing table with names of its own."""
    aws.table("theirs", "name", "version")
    dynamodb = JsonService(SignedSender("dynamodb", aws.settings, aws.keys))
    yield TableVersions(Table(dynamodb, "theirs"), COLUMNS), aws.client("dynamodb")
    dynamodb.close()


def item(**values) -> dict:
    return {"name": {"S": "bgp"}, "version": {"S": "1.0"}, **values}


def stands(client) -> dict:
    return client.get_item(TableName="theirs", Key={"name": {"S": "bgp"}, "version": {"S": "1.0"}})["Item"]


@pytest.mark.emulator
def test_an_existing_tables_own_names_are_read_and_written(foreign):
    versions, client = foreign
    client.put_item(
        TableName="theirs", Item=item(kind={"S": "routing"}, state={"S": "UPLOADED"}, n={"N": "7"})
    )
    row = versions.get("bgp", "1.0")
    assert (row.type, row.phase, row.attributes) == ("routing", "UPLOADED", {"n": 7})
    versions.put(
        VersionRow(algorithm="bgp", version="1.0", type="routing", phase="RETIRED", attributes={"n": 8}),
        expected=row,
    )
    versions.pin("bgp", "1.0")
    assert stands(client) == item(kind={"S": "routing"}, state={"S": "RETIRED"}, n={"N": "8"})
    assert versions.of("bgp").pin == "1.0"


@pytest.mark.emulator
def test_a_step_to_another_phase_leaves_values_alone_that_json_spells_otherwise(foreign):
    versions, client = foreign
    exact = {"N": "3.14159265358979323846"}
    client.put_item(
        TableName="theirs",
        Item=item(kind={"S": "routing"}, state={"S": "UPLOADED"}, pi=exact, tags={"SS": ["b", "a"]}),
    )
    row = versions.get("bgp", "1.0")
    moved = VersionRow(
        algorithm="bgp", version="1.0", type="routing", phase="RETIRED", attributes=row.attributes
    )
    versions.put(moved, expected=row)
    found = stands(client)
    assert (found["state"], found["pi"]) == ({"S": "RETIRED"}, exact)
    assert sorted(found["tags"]["SS"]) == ["a", "b"]


@pytest.mark.emulator
@pytest.mark.parametrize(
    "absent", [{}, {"state": {"NULL": True}}, {"state": {"S": ""}}], ids=["missing", "null", "empty"]
)
def test_a_row_without_a_phase_can_be_given_one_and_only_once(foreign, absent):
    versions, client = foreign
    client.put_item(TableName="theirs", Item=item(kind={"S": "routing"}, **absent))
    row = versions.get("bgp", "1.0")
    assert row.phase == ""
    wanted = VersionRow(algorithm="bgp", version="1.0", type="routing", phase="UPLOADED")
    versions.put(wanted, expected=row)
    with pytest.raises(ConflictError):
        versions.put(wanted, expected=row)


@pytest.mark.emulator
def test_a_row_that_cannot_be_read_hides_no_other_and_is_named(foreign):
    versions, client = foreign
    client.put_item(TableName="theirs", Item=item(state={"N": "5"}))
    client.put_item(
        TableName="theirs", Item=item(version={"S": "2.0"}, kind={"S": "routing"}, state={"S": "UPLOADED"})
    )
    found = versions.of("bgp")
    assert [row.version for row in found.versions] == ["2.0"]
    assert [(one.version, "state" in one.reason) for one in found.unusable] == [("1.0", True)]
    with pytest.raises(UsageError, match="state"):
        versions.get("bgp", "1.0")


@pytest.mark.emulator
def test_an_algorithm_whose_name_no_page_could_carry_is_passed_over_by_a_scan(foreign):
    versions, client = foreign
    for name in ("bgp", "a/b", "ospf"):
        client.put_item(TableName="theirs", Item=item(name={"S": name}, kind={"S": "r"}, state={"S": "X"}))
    assert sorted(each.name for each in versions.scan().algorithms) == ["bgp", "ospf"]


@pytest.mark.emulator
def test_hundreds_of_changed_attributes_are_one_write(foreign):
    versions, _ = foreign
    many = {f"a{n}": n for n in range(300)}
    before = VersionRow(algorithm="bgp", version="1.0", type="routing", phase="UPLOADED")
    versions.put(before, expected=None)
    after = VersionRow(algorithm="bgp", version="1.0", type="routing", phase="UPLOADED", attributes=many)
    versions.put(after, expected=before)
    assert versions.get("bgp", "1.0").attributes == many


@pytest.mark.emulator
def test_a_scan_of_many_versions_of_one_algorithm_never_cuts_it(foreign):
    versions, client = foreign
    for start in range(0, 250, 25):
        requests = [
            {"PutRequest": {"Item": item(version={"S": f"1.{n}"}, kind={"S": "r"}, state={"S": "X"})}}
            for n in range(start, start + 25)
        ]
        client.batch_write_item(RequestItems={"theirs": requests})
    page = versions.scan(limit=1)
    assert [len(each.versions) for each in page.algorithms] == [250]


ROW = VersionRow(algorithm="bgp", version="1.0", type="routing", phase="UPLOADED")


def test_a_write_whose_answer_was_lost_and_that_took_place_is_a_conflict_to_look_at_again():
    called, _ = service(LOST, refusal("ConditionalCheckFailedException"))
    with pytest.raises(ConflictError, match="somebody else") as caught:
        TableVersions(Table(called, "t")).put(ROW, expected=None)
    assert caught.value.hint == "look again"


def test_a_throttled_table_is_try_again():
    called, _ = service(refusal("ProvisionedThroughputExceededException"))
    with pytest.raises(TransientError):
        TableVersions(Table(called, "t")).of("bgp")


def test_an_algorithm_of_several_pages_is_read_whole():
    def page(version: str, **more):
        found = {"algorithm": {"S": "bgp"}, "version": {"S": version}, "phase": {"S": "UPLOADED"}}
        return fine({"Items": [found], **more})

    called, _ = service(page("1.0", LastEvaluatedKey={"version": {"S": "1.0"}}), page("2.0"))
    assert [row.version for row in TableVersions(Table(called, "t")).of("bgp").versions] == ["1.0", "2.0"]

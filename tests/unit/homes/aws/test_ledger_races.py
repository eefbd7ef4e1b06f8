"""Two writers of the ledger at once, and writes that are throttled half-way."""

import pytest

from laststop.catalog.change import Change, Image, sequence_text
from laststop.catalog.standing import Standing
from laststop.errors import InvariantError, TransientError
from laststop.homes.aws.ledger import item_of, key, row_of, sequence_key, typed
from laststop.homes.aws.pointer import Pointer
from laststop.homes.aws.publications import ChangeRow, TablePublications, settle
from laststop.homes.aws.site_ledger import TableSiteLedger
from laststop.homes.aws.site_rows import ReleaseRow
from laststop.homes.aws.standings import TableStandings
from laststop.homes.aws.table import Table
from laststop.words.ids import ReleaseId
from laststop.words.verdicts import VerdictKind
from unit.homes.aws.service_fakes import LOST, NOW, fine, refusal, service


def table(*answers):
    called, script = service(*answers)
    return Table(called, "ledger", pause=lambda _: None), script


def cancelled(*codes: str):
    return refusal("TransactionCanceledException", CancellationReasons=[{"Code": code} for code in codes])


HELD = "None", "ConditionalCheckFailed"


def standing_item(released: int, retired: int = 0):
    return {
        **key("STANDING#bgp", "1.0"),
        "released": typed(sequence_key(released)),
        "retired": typed(sequence_key(retired)),
    }


def test_who_lost_the_race_for_a_standing_reads_again_and_merges():
    ledger, script = table(
        fine(),
        refusal("ConditionalCheckFailedException"),
        fine({"Item": standing_item(3, 9)}),
        fine(),
    )
    TableStandings(ledger).note([Standing(algorithm="bgp", version="1.0", released=5)])
    operation, request = script.sent[-1]
    assert operation == "PutItem"
    assert request["Item"] == standing_item(5, 9)


def test_a_race_that_never_ends_is_try_again():
    ledger, _ = table(
        fine(),
        *[refusal("ConditionalCheckFailedException"), fine({"Item": standing_item(3)})] * 10,
        refusal("ConditionalCheckFailedException"),
    )
    with pytest.raises(TransientError, match=r"bgp 1\.0"):
        TableStandings(ledger).note([Standing(algorithm="bgp", version="1.0", released=5)])


def change(number: int) -> Change:
    return Change(
        sequence_number=number,
        event="INSERT",
        algorithm="bgp",
        version=f"1.{number}",
        old=None,
        new=Image(type="routing", phase="X"),
        at=NOW,
        identifier=sequence_text(number),
    )


def test_of_a_batch_only_the_changes_that_stand_nowhere_are_opened():
    """Places 0/1 are the first change's, 2/3 the second's: settled already, open already."""
    ledger, script = table(
        cancelled("ConditionalCheckFailed", "None", "None", "ConditionalCheckFailed", "None", "None"), fine()
    )
    TablePublications(ledger, lambda: NOW).published("routing", 3, [change(n) for n in range(3)])
    _, request = script.sent[-1]
    (_, put) = request["TransactItems"]
    assert put["Put"]["Item"]["version"] == {"S": "1.2"}


def test_a_batch_that_is_throttled_is_try_again_and_its_repeat_ends_it():
    ledger, _ = table(refusal("ThrottlingException"))
    with pytest.raises(TransientError):
        TablePublications(ledger, lambda: NOW).published("routing", 3, [change(1)])
    ledger, script = table(LOST, cancelled(*HELD))
    TablePublications(ledger, lambda: NOW).published("routing", 3, [change(1)])
    assert len(script.sent) == 2, "the answer was lost, and the write stands"


ROW = ChangeRow(
    sequence=sequence_key(7),
    algorithm="bgp",
    version="1.0",
    type="routing",
    object="routing",
    generation=3,
    recorded_at=NOW,
    published_at=NOW,
)


def test_a_final_verdict_moves_the_change_from_the_open_ones():
    ledger, script = table(fine())
    assert settle(ledger, ROW, VerdictKind.LIVE, "the page shows 1.0", run=None, at=NOW)
    put, delete = script.sent[0][1]["TransactItems"]
    assert put["Put"]["Item"]["pk"] == {"S": "CHANGE#bgp"}
    assert put["Put"]["Item"]["verdict"] == {"S": "live"}
    assert delete["Delete"]["Key"] == key("OPEN", ROW.open_key)


@pytest.mark.parametrize("verdict", [VerdictKind.LIVE, VerdictKind.FAILED])
def test_a_verdict_that_comes_after_a_final_one_changes_nothing_and_closes_what_was_left_open(verdict):
    ledger, script = table(cancelled("ConditionalCheckFailed", "None"), fine())
    assert not settle(ledger, ROW, verdict, "late", run=None, at=NOW)
    assert script.sent[-1] == ("DeleteItem", {"TableName": "ledger", "Key": key("OPEN", ROW.open_key)})


def live_item(release: str, epoch: int):
    return {
        **key("SITE", "LIVE"),
        **{
            name: typed(value)
            for name, value in {
                "release": release,
                "run": "run-1",
                "bill": {"revisions": []},
                "epoch": epoch,
                "high_water": {"generations": {}, "decided_at": NOW, "run": "run-1"},
                "switched_at": NOW,
            }.items()
        },
    }


def release_item(**more):
    row = ReleaseRow(
        id=ReleaseId("r1"),
        run="run-1",
        bill={"revisions": []},
        manifest="0" * 64,
        files=1,
        size_bytes=1,
        stored_at=NOW,
        epoch=1,
        **more,
    )
    return item_of("RELEASE", "r1", row)


def test_a_proof_that_meets_a_switch_looks_again_and_lets_go():
    ledger, script = table(
        fine({"Item": live_item("r1", 1)}),
        fine({"Item": release_item()}),
        cancelled("ConditionalCheckFailed", "None"),
        fine({"Item": live_item("r2", 2)}),
        fine({"Item": release_item()}),
    )
    TableSiteLedger(ledger, lambda: NOW).seen(ReleaseId("r1"), ("https://x",), 3)
    assert [operation for operation, _ in script.sent].count("TransactWriteItems") == 1


def test_who_takes_the_turn_while_another_does_takes_it_from_them():
    turn = {**key("SITE", "TURN"), "turn": typed(4), "release": typed("r1"), "at": typed(NOW)}
    ledger, script = table(fine(), cancelled("ConditionalCheckFailed", "None"), fine({"Item": turn}), fine())
    assert Pointer(ledger, lambda: NOW).take_turn(ReleaseId("r2"), epoch=0) == 5
    put = script.sent[-1][1]["TransactItems"][0]["Put"]
    assert put["ExpressionAttributeValues"] == {":turn": {"N": "4"}}


def test_a_row_that_a_later_version_wrote_with_more_members_can_be_read():
    item = {**release_item(), "colour": {"S": "blue"}}
    assert row_of(item, ReleaseRow).id == "r1"


def test_an_item_that_is_no_row_is_our_bug_and_is_named():
    with pytest.raises(InvariantError, match="RELEASE"):
        row_of({**release_item(), "epoch": {"S": "one"}}, ReleaseRow)

"""Publishing against ports that conflict, throttle and repeat; the real ones are in the homes' tests."""

import json

import msgspec
import pytest

from laststop.catalog.change import Change, Image
from laststop.catalog.dealing import document_objects
from laststop.catalog.document import empty
from laststop.catalog.phases import Phases
from laststop.catalog.ports.documents import DocumentRevision
from laststop.catalog.record import encode_record
from laststop.errors import ConflictError, InvariantError, TransientError, UsageError
from laststop.functions.publish import ATTEMPTS_MAX, Policy, Shelf, publish, refresh
from unit.homes.home_workbench import COMPLETE, EPOCH, Home

POLICY = Policy(phases=Phases(), objects=document_objects(["routing", "firewall"]))


class Documents:
    """Conflicts as often as it is told to, after somebody else has written."""

    def __init__(self) -> None:
        self.stored = {each.object: [empty(each.object, each.types)] for each in POLICY.objects}
        self.conflicts: list[str] = []
        self.heads = 0

    def head(self, object_):
        self.heads += 1
        newest = self.stored[object_][-1] if object_ in self.stored else None
        return newest and DocumentRevision(
            object=object_, key=object_, version_id=str(len(self.stored[object_])), etag="", size_bytes=0,
            generation=newest.generation, at=EPOCH,
        )  # fmt: skip

    def read(self, revision):
        return self.stored[revision.object][int(revision.version_id) - 1]

    def replace(self, document, *, expected):
        if document.object in self.conflicts:
            self.conflicts.remove(document.object)
            other = self.stored[document.object][-1]
            self.stored[document.object].append(
                msgspec.structs.replace(other, generation=other.generation + 1)
            )
        if str(len(self.stored[document.object])) != expected.version_id:
            raise ConflictError("moved")
        self.stored[document.object].append(document)
        return self.head(document.object)

    def shown(self, object_="routing"):
        newest = self.stored[object_][-1]
        return newest.generation, {n: e.version for t in newest.types.values() for n, e in t.items()}


class Publications:
    def __init__(self) -> None:
        self.told: list[tuple] = []

    def published(self, object_, generation, changes):
        self.told.append((object_, generation, [f"{c.algorithm} {c.version}" for c in changes]))

    def rejected(self, change, reason):
        self.told.append(("rejected", f"{change.algorithm} {change.version}", reason))

    def set_aside(self, record):
        self.told.append(("set aside", record.sequence_number, record.reason))


class Standings:
    def __init__(self) -> None:
        self.noted: list = []

    def of(self, algorithm):
        return tuple(each for each in self.noted if each.algorithm == algorithm)

    def note(self, standings):
        self.noted += standings


@pytest.fixture
def home(tmp_path):
    """Only its catalog is used."""
    return Home(tmp_path)


class Desk:
    def __init__(self, versions) -> None:
        self.documents, self.publications, self.standings = Documents(), Publications(), Standings()
        self.shelf = Shelf(
            versions=versions,
            documents=self.documents,
            standings=self.standings,
            publications=self.publications,
        )

    def publish(self, *changes):
        records = [encode_record(change, arn="arn", region="r") for change in changes]
        publish(msgspec.json.encode({"Records": records}), shelf=self.shelf, policy=POLICY)


@pytest.fixture
def desk(home):
    with home.versions() as versions:
        yield Desk(versions)


def put(desk, version="1.0", algorithm="bgp", type_="routing", number=1, phase=COMPLETE):
    """Write the row, and give its record."""
    from laststop.catalog.version import VersionRow

    desk.shelf.versions.put(
        VersionRow(algorithm=algorithm, version=version, type=type_, phase=phase), expected=None
    )
    return Change(
        sequence_number=number,
        event="INSERT",
        algorithm=algorithm,
        version=version,
        old=None,
        new=Image(type=type_, phase=phase),
        at=EPOCH,
    )


def test_a_conflict_reads_everything_again_and_builds_on_what_the_other_wrote(desk):
    change = put(desk)
    desk.documents.conflicts = ["routing", "routing"]
    desk.publish(change)
    assert desk.documents.shown() == (3, {"bgp": "1.0"})
    assert desk.publications.told == [("routing", 3, ["bgp 1.0"])]


def test_a_conflict_at_the_second_document_writes_the_first_one_once(desk):
    changes = [put(desk), put(desk, algorithm="nat", type_="firewall", number=2)]
    desk.documents.conflicts = ["firewall"]
    desk.publish(*changes)
    assert desk.documents.shown("routing") == (1, {"bgp": "1.0"})
    assert desk.documents.shown("firewall") == (2, {"nat": "1.0"})


def test_endless_conflicts_give_the_batch_back_with_nothing_told(desk):
    change = put(desk)
    desk.documents.conflicts = ["routing"] * (ATTEMPTS_MAX + 5)
    with pytest.raises(TransientError, match="others kept writing"):
        desk.publish(change)
    assert desk.publications.told == []


def test_the_batch_again_after_a_kill_writes_nothing_new(desk):
    change = put(desk)
    desk.publish(change)
    desk.publish(change, change)
    assert desk.documents.shown() == (1, {"bgp": "1.0"})
    assert desk.publications.told[-1] == ("routing", 1, ["bgp 1.0", "bgp 1.0"])


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 2, 0)], ids=str)
def test_the_order_of_the_records_does_not_matter(desk, order):
    changes = [put(desk, f"1.{n}", number=n + 1) for n in range(3)]
    desk.publish(*(changes[index] for index in order))
    assert desk.documents.shown() == (1, {"bgp": "1.2"})


def test_a_lost_record_is_made_good_by_the_next_one_of_the_algorithm(desk):
    put(desk, "2.0", number=1)
    desk.publish(put(desk, "1.0", number=2))
    assert desk.documents.shown() == (1, {"bgp": "2.0"})


def test_a_batch_that_is_no_batch_is_not_taken_for_an_empty_one(desk):
    with pytest.raises(UsageError, match="DynamoDB stream"):
        publish(b"[]", shelf=desk.shelf, policy=POLICY)


def test_records_that_cannot_be_used_do_not_hold_up_the_others(desk):
    good = encode_record(put(desk), arn="arn", region="r")
    bad = json.loads(json.dumps(good))
    bad["dynamodb"]["NewImage"]["phase"] = {"N": "1"}
    bad["dynamodb"]["SequenceNumber"] = "2" * 21
    event = {"Records": [bad, "moon", good, {"dynamodb": {"SequenceNumber": "3" * 21}}]}
    publish(event, shelf=desk.shelf, policy=POLICY)
    told = [each[:2] for each in desk.publications.told]
    assert told[:3] == [("set aside", "2" * 21), ("set aside", ""), ("set aside", "3" * 21)]
    assert told[3] == ("routing", 1)


def test_a_type_without_a_document_is_rejected_and_the_rest_is_published(desk):
    changes = [put(desk, algorithm="lander", type_="moon"), put(desk, number=2)]
    desk.publish(*changes)
    assert desk.publications.told == [
        ("rejected", "lander 1.0", 'the project has no type "moon"'),
        ("routing", 1, ["bgp 1.0"]),
    ]


def test_changes_that_wake_nobody_read_no_document(desk):
    desk.publish(put(desk, phase="UPLOADED"))
    assert desk.documents.heads == 0


def test_refreshing_what_is_up_to_date_writes_nothing_and_gives_the_generations(desk):
    desk.publish(put(desk))
    assert refresh(["bgp", "bgp", "moon"], shelf=desk.shelf, policy=POLICY) == {"routing": 1, "firewall": 0}
    assert len(desk.documents.stored["routing"]) == 2


def test_a_document_that_was_never_opened_is_our_own_bug(desk):
    del desk.documents.stored["firewall"]
    with pytest.raises(InvariantError, match="firewall"):
        refresh(["bgp"], shelf=desk.shelf, policy=POLICY)


def test_an_algorithm_whose_type_moved_leaves_its_old_place(desk):
    """Two versions of one name may be of two types; the page shows one of them, once."""
    desk.publish(put(desk, "1.0"))
    desk.publish(put(desk, "2.0", type_="firewall", number=2))
    assert desk.documents.shown("routing") == (2, {})
    assert desk.documents.shown("firewall") == (1, {"bgp": "2.0"})

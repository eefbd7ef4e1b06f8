"""What the ledger promises those who judge and tell: `Verdicts` and `Proofs`."""

import pytest

from contract.aws_home import AwsLedger
from contract.releases_made import keep, switch_to
from laststop.catalog.change import Change, Image
from laststop.homes.aws.pointer import Pointer
from laststop.homes.aws.proofs import TableProofs
from laststop.homes.aws.publications import TablePublications, settled_changes
from laststop.homes.aws.verdicts import TableVerdicts
from laststop.site.fence import Overtaken, Unchanged
from laststop.words.ids import RunId
from laststop.words.verdicts import Verdict, VerdictKind
from unit.homes.home_workbench import COMPLETE, EPOCH, Clock

pytestmark = pytest.mark.emulator
RUN = RunId("run-1")


@pytest.fixture
def place(aws):
    made = AwsLedger(aws, Clock())
    yield made
    made.service.close()


@pytest.fixture
def verdicts(place):
    return TableVerdicts(place.table, Clock())


@pytest.fixture
def proofs(place):
    return TableProofs(Pointer(place.table, Clock()), place.port)


def published(place, *versions: str) -> None:
    changes = [
        Change(
            sequence_number=number,
            event="INSERT",
            algorithm="bgp",
            version=version,
            old=None,
            new=Image(type="routing", phase=COMPLETE),
            at=EPOCH,
        )
        for number, version in enumerate(versions, 1)
    ]
    TablePublications(place.table, Clock()).published("routing", 3, changes)


def verdict(kind: VerdictKind, run: str = RUN) -> Verdict:
    return Verdict(kind=kind, reason=f"it is {kind}", run=RunId(run))


def test_what_was_published_is_open_the_oldest_first(place, verdicts):
    published(place, "1.0", "1.1")
    opened = list(verdicts.open())
    assert [each.change.version for each in opened] == ["1.0", "1.1"]
    assert (opened[0].change.object, opened[0].change.generation) == ("routing", 3)
    assert (opened[0].kind, opened[0].recorded_at) == (VerdictKind.PENDING, EPOCH)


def test_a_state_of_rest_stays_open_and_may_turn(place, verdicts):
    published(place, "1.0")
    verdicts.settle(next(iter(verdicts.open())), verdict(VerdictKind.FAILED))
    (again,) = verdicts.open()
    assert (again.kind, again.run) == (VerdictKind.FAILED, RUN)
    verdicts.settle(again, verdict(VerdictKind.LIVE, "run-2"))
    assert list(verdicts.open()) == []
    (settled,) = settled_changes(place.table, "bgp")
    assert (settled.verdict, settled.run) == (VerdictKind.LIVE, "run-2")


def test_a_final_verdict_is_written_once(place, verdicts):
    published(place, "1.0")
    (change,) = verdicts.open()
    verdicts.settle(change, verdict(VerdictKind.LIVE))
    verdicts.settle(change, verdict(VerdictKind.REJECTED, "run-2"))
    verdicts.settle(change, verdict(VerdictKind.FAILED, "run-2"))
    (settled,) = settled_changes(place.table, "bgp")
    assert (settled.verdict, settled.run) == (VerdictKind.LIVE, RUN)
    assert list(verdicts.open()) == []


def test_versions_are_known_by_their_changes_open_or_settled(place, verdicts):
    published(place, "1.0", "1.1")
    verdicts.settle(next(iter(verdicts.open())), verdict(VerdictKind.LIVE))
    assert TableVerdicts(place.table, Clock()).known("bgp") == {"1.0", "1.1"}
    assert verdicts.known("ospf") == frozenset()


def test_before_anything_was_released_there_is_nothing_to_prove(proofs):
    assert (proofs.proven(), proofs.release_of(RUN), proofs.refusal(RUN)) == (None, None, "")
    assert (proofs.note("rel-1").seen_at, proofs.before("rel-1")) == (None, None)


def test_a_release_that_was_seen_is_the_proven_one_until_another_is(place, proofs):
    first, second = (keep(place.releases, number) for number in (1, 2))
    switch_to(place.releases, first)
    place.port.unseen(first.id, "slow")
    assert proofs.note(first.id).unseen == "slow"
    place.port.seen(first.id, ("edge",), 3)
    assert proofs.proven().id == first.id
    assert proofs.note(first.id).seen_at is not None
    switch_to(place.releases, second)
    assert (proofs.proven().id, proofs.before(second.id).id) == (first.id, first.id)
    assert proofs.release_of(RunId("run-2")).id == second.id
    assert proofs.note(second.id).seen_at is None


def test_a_refusal_tells_its_reason_and_whether_a_fresh_run_is_wanted(place, proofs):
    place.port.refused(RUN, Unchanged(run=RunId("run-0"), release="rel-0", high_water=None))
    assert proofs.refusal(RUN) == "already carried by run run-0"
    assert not proofs.wants_fresh(RUN)
    place.port.refused(
        RUN,
        Overtaken(by=RunId("run-9"), fresh_run_wanted=True, decided_at=EPOCH, theirs_decided_at=EPOCH),
    )
    assert proofs.wants_fresh(RUN)

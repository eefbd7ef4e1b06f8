from datetime import timedelta

import pytest

from laststop.errors import RunError, TransientError, UsageError
from laststop.functions.look_again import PAUSES_SECONDS, Recheck, decode_recheck, look_again, look_later
from laststop.functions.verdict_ports import ProofNote
from unit.functions.aws_fakes import FakeProofs
from unit.functions.test_release import Desk as ReleaseDesk
from unit.functions.test_release import FakeBillVersions, FakeProbe, Proof
from unit.homes.home_workbench import EPOCH


class FakeLater:
    def __init__(self) -> None:
        self.calls: list[tuple] = []

    def call_at(self, at, event, *, release):
        self.calls.append((at, event, release))


class Desk(ReleaseDesk):
    def __init__(self) -> None:
        super().__init__()
        self.proofs, self.later = FakeProofs(), FakeLater()
        self.probe = FakeProbe(self.releases)
        self.ledger.unseen = lambda release, reason: self.proofs.notes.update(
            {release: ProofNote(unseen=reason)}
        )

    def look(self, looks: int = 1, release=None) -> bool:
        proof = Proof(
            releases=self.releases,
            ledger=self.ledger,
            probe=self.probe,
            bill_versions=FakeBillVersions(),
            within_seconds=5,
        )
        return look_again(
            Recheck(release=release or self.second.id, looks=looks),
            proof=proof,
            edge=self.edge,
            proofs=self.proofs,
            later=self.later,
            clock=self.clock,
        )

    def be_slow(self) -> None:
        self.probe.behind["http://edge"] = self.first.id


def test_a_release_that_shows_by_now_is_proven_and_no_longer_looked_at():
    desk = Desk()
    assert desk.look()
    assert desk.ledger.proofs[0][0] == desk.second.id
    assert desk.later.calls == []


def test_one_that_does_not_is_looked_at_again_and_ever_less_often():
    desk = Desk()
    desk.be_slow()
    for looks in range(1, len(PAUSES_SECONDS)):
        assert not desk.look(looks)
    pauses = [(at - EPOCH).total_seconds() for at, _, _ in desk.later.calls]
    assert pauses == list(PAUSES_SECONDS[1:])
    assert [decode_recheck(event).looks for _, event, _ in desk.later.calls] == [2, 3, 4, 5, 6]
    assert sum(PAUSES_SECONDS) == timedelta(hours=1).total_seconds()


def test_after_an_hour_it_is_told_loudly():
    desk = Desk()
    desk.be_slow()
    with pytest.raises(RunError, match="not seen within an hour: still shows"):
        desk.look(len(PAUSES_SECONDS))
    assert desk.later.calls == []


def test_a_site_that_moved_on_has_nothing_left_to_prove_here():
    desk = Desk()
    desk.be_slow()
    assert not desk.look(release=desk.first.id)
    assert desk.later.calls == []


def test_a_purge_that_is_owed_is_made_good_and_an_edge_that_does_not_answer_is_told():
    desk = Desk()
    desk.edge.failure = TransientError("no answer")
    with pytest.raises(TransientError):
        desk.look()


def test_what_was_seen_or_never_given_up_is_not_looked_at_later():
    proofs, later = FakeProofs(), FakeLater()
    words = {"proofs": proofs, "later": later, "clock": lambda: EPOCH}
    assert not look_later("rel-1", **words)
    proofs.notes["rel-1"] = ProofNote(seen_at=EPOCH, unseen="was slow")
    assert not look_later("rel-1", **words)
    proofs.notes["rel-1"] = ProofNote(unseen="slow")
    assert look_later("rel-1", **words)
    assert later.calls == [
        (EPOCH + timedelta(seconds=60), {"recheck": {"release": "rel-1", "looks": 1}}, "rel-1")
    ]


@pytest.mark.parametrize(
    "event", [{}, {"recheck": {}}, {"recheck": {"release": "r", "more": 1}}, {"recheck": 7}]
)
def test_what_is_no_such_wish_is_refused(event):
    with pytest.raises(UsageError):
        decode_recheck(event)

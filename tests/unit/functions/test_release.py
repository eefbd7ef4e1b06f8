import msgspec
import pytest

from laststop.errors import ConflictError, NotFoundError, TransientError, UsageError
from laststop.functions.release import Keys, release
from laststop.functions.start import Started
from laststop.functions.verify_live import Proof
from laststop.site.build_note import stamp
from laststop.site.live import Release
from laststop.site.manifest import manifest_of
from laststop.site.releases import Blob
from laststop.site.seen import NotYet
from laststop.words.digests import digest_of
from laststop.words.ids import RunId
from unit.functions.aws_fakes import Clock, FakeBillVersions, FakeHeads, FakeHistory, Patient
from unit.functions.function_fakes import FakeEdge, FakeLedger, FakeProbe, FakeReleases, bill_with, live_on
from unit.homes.home_workbench import EPOCH


class FakeControl:
    def __init__(self) -> None:
        self.calls: list[tuple[str, dict]] = []

    def call(self, operation, request):
        self.calls.append((operation, dict(request)))
        return {}

    @property
    def done(self) -> list[str]:
        return [operation for operation, _ in self.calls]


class Desk:
    """Two kept releases; the second is live."""

    def __init__(self) -> None:
        self.clock = Clock()
        self.releases = FakeReleases()
        self.first, self.second = (self._keep(number) for number in (1, 2))
        self.releases.stored.reverse()
        self.releases.pointer = live_on(bill_with(2), release=self.second.id, run="run-2", epoch=7)
        self.ledger = FakeLedger()
        self.edge = FakeEdge()
        self.control = FakeControl()
        self.history = FakeHistory()
        self.heads = FakeHeads(routing=2)
        self.rung: list = []
        self.begin = lambda: None
        self.patient = Patient(self.clock)
        self.supersedes = True

    def _keep(self, number: int) -> Release:
        page = b"page %d" % number
        stamped = stamp(
            manifest_of([("index.html", digest_of(page), len(page))]),
            run=RunId(f"run-{number}"),
            bill=bill_with(number),
        )
        kept = Release(
            id=stamped.release,
            run=RunId(f"run-{number}"),
            bill=bill_with(number),
            manifest=stamped.manifest.digest,
            stored_at=EPOCH,
        )
        blobs = [
            Blob(digest=digest_of(each), size_bytes=len(each), chunks=[each]) for each in (page, stamped.note)
        ]
        self.releases.store(kept, stamped.manifest, blobs)
        return kept

    def ask(self, **wish):
        def start(ring):
            self.rung.append(ring)
            self.begin()
            return Started(why="begun", run=RunId("run-3"))

        keys = Keys(
            proof=Proof(
                releases=self.releases,
                ledger=self.ledger,
                probe=FakeProbe(self.releases),
                bill_versions=FakeBillVersions(),
                within_seconds=5,
            ),
            edge=self.edge,
            documents=self.heads,
            history=self.history,
            control=self.control,
            start=start,
            pipeline="p",
            front="Build",
            supersedes=self.supersedes,
            objects=("routing",),
            clock=self.clock,
        )
        return release(wish, keys=keys, waiting=self.patient)

    @property
    def live(self):
        return self.releases.pointer


def test_a_way_back_that_the_edge_does_not_follow_is_noted_so_that_somebody_looks_again(monkeypatch):
    desk = Desk()
    behind = NotYet(reason="still shows another release")
    monkeypatch.setattr("laststop.functions.way_back.look", lambda live, proof: behind)
    outcome = desk.ask(action="rollback", release="previous", reason="looks odd", by="ada")
    assert (outcome.held, outcome.seen) == (True, False)
    assert desk.ledger.misses == [(desk.first.id, "still shows another release")]


def test_a_way_back_holds_first_then_closes_the_stage_then_switches_and_proves():
    desk = Desk()
    seen_at_close = []
    call = desk.control.call
    desk.control.call = lambda *words: (seen_at_close.append(desk.live), call(*words))[1]
    outcome = desk.ask(action="rollback", release="previous", reason="looks odd", by="ada")
    assert seen_at_close[0].hold is not None
    assert seen_at_close[0].release == desk.second.id
    assert desk.control.calls[0][1]["reason"] == "looks odd"
    assert (desk.live.release, desk.live.hold.reason, desk.live.hold.by) == (
        desk.first.id,
        "looks odd",
        "ada",
    )
    assert (outcome.held, outcome.seen) == (True, True)
    assert desk.ledger.proofs[0][0] == desk.first.id
    assert desk.live.high_water.run == "run-2"


def test_previous_asked_twice_does_not_go_forward_again():
    desk = Desk()
    desk.ask(action="rollback", release="previous")
    epoch = desk.live.epoch
    desk.ask(action="rollback", release="previous")
    assert (desk.live.release, desk.live.epoch) == (desk.first.id, epoch)


def test_a_kill_after_the_hold_is_made_good_by_a_repeat():
    desk = Desk()

    def killed(*_):
        raise KeyboardInterrupt

    desk.control.call, call = killed, desk.control.call
    with pytest.raises(KeyboardInterrupt):
        desk.ask(action="rollback", release=desk.first.id)
    assert desk.live.hold is not None
    desk.control.call = call
    desk.ask(action="rollback", release=desk.first.id)
    assert desk.live.release == desk.first.id


def test_a_hold_keeps_what_is_live_and_a_second_one_changes_nothing():
    desk = Desk()
    desk.ask(action="hold", reason="freeze")
    epoch = desk.live.epoch
    desk.ask(action="hold", reason="another")
    assert (desk.live.release, desk.live.hold.reason, desk.live.epoch) == (desk.second.id, "freeze", epoch)


def test_lifting_with_something_newer_opens_the_stage_and_rings():
    desk = Desk()
    desk.ask(action="rollback", release="previous")
    desk.heads.written["routing"] = 3
    desk.ask(action="lift")
    assert desk.live.hold is None
    assert desk.control.done[-1] == "EnableStageTransition"
    assert desk.rung[0].again


def test_lifting_lets_the_run_that_waits_go_on_instead_of_another():
    desk = Desk()
    desk.ask(action="rollback", release="previous")
    desk.heads.written["routing"] = 3
    desk.history.began("run-9", {"routing": "routing-v3"})
    outcome = desk.ask(action="lift")
    assert desk.rung == []
    assert "run run-9 waits" in outcome.why
    assert desk.control.done[-1] == "EnableStageTransition"


def waits_with_less(desk) -> None:
    """A push began a run during the hold, before a document was written that it lacks."""
    desk.ask(action="rollback", release="previous")
    desk.heads.written["routing"] = 3
    desk.history.began("run-8", {"routing": "routing-v2"}, stages=1)


def test_the_way_opens_once_the_newest_run_has_taken_the_place_of_one_that_waits_with_less():
    desk = Desk()
    waits_with_less(desk)
    opened_after = []
    desk.patient.meanwhile = lambda: (
        opened_after.append(list(desk.control.done)),
        desk.patient.waited > 3 and desk.history.ended("run-8", "Superseded", stages=1),
    )
    outcome = desk.ask(action="lift")
    assert "run run-3 begins" in outcome.why
    assert 3 < desk.patient.waited < 10
    assert all(done[-1] == "DisableStageTransition" for done in opened_after)
    assert desk.control.done[-1] == "EnableStageTransition"


def test_a_run_that_nobody_supersedes_is_not_waited_for_without_end():
    desk = Desk()
    waits_with_less(desk)
    desk.ask(action="lift")
    assert 60 <= desk.patient.waited < 70
    assert desk.control.done[-1] == "EnableStageTransition"


def test_where_every_run_has_its_turn_none_is_waited_for():
    desk = Desk()
    desk.supersedes = False
    waits_with_less(desk)
    desk.ask(action="lift")
    assert desk.patient.waited == 0


def test_a_run_that_is_past_the_way_is_not_waited_for():
    desk = Desk()
    waits_with_less(desk)
    desk.history.began("run-9", {"routing": "routing-v2"}, stages=2)
    desk.history.ended("run-8", "Superseded", stages=1)
    desk.ask(action="lift")
    assert desk.patient.waited == 0


def test_a_run_that_cannot_begin_leaves_the_way_open():
    desk = Desk()
    waits_with_less(desk)

    def throttled():
        raise TransientError("slow down")

    desk.begin = throttled
    with pytest.raises(TransientError):
        desk.ask(action="lift")
    assert desk.control.done[-1] == "EnableStageTransition"
    assert desk.live.hold is None


def test_lifting_with_nothing_newer_asks_before_it_shows_again_what_was_left():
    desk = Desk()
    desk.ask(action="rollback", release="previous")
    with pytest.raises(ConflictError, match="rolled back from"):
        desk.ask(action="lift")
    assert desk.live.hold is not None
    outcome = desk.ask(action="lift", again=True)
    assert (desk.live.release, desk.live.hold, outcome.seen) == (desk.second.id, None, True)
    assert desk.rung == []
    assert desk.control.done[-1] == "EnableStageTransition"


def test_lifting_twice_is_harmless():
    desk = Desk()
    desk.ask(action="hold")
    desk.ask(action="lift")
    epoch = desk.live.epoch
    desk.ask(action="lift")
    assert desk.live.epoch == epoch


def test_what_cannot_be_done_is_refused_and_changes_nothing():
    desk = Desk()
    before = desk.live
    for wish, error in (
        ({"action": "explode"}, UsageError),
        ({"action": "rollback"}, UsageError),
        ({"action": "rollback", "release": "nobody"}, NotFoundError),
        ({"action": "hold", "relaese": "x"}, UsageError),
    ):
        with pytest.raises(error):
            desk.ask(**wish)
    assert desk.live == before
    assert desk.control.calls == []
    desk.releases.pointer = None
    for action in ("hold", "lift"):
        with pytest.raises(ConflictError, match="nothing is live"):
            desk.ask(action=action)


def test_a_reason_fits_what_codepipeline_takes():
    desk = Desk()
    desk.ask(action="hold", reason="x" * 1000)
    assert len(desk.control.calls[0][1]["reason"]) == 300
    assert msgspec.structs.asdict(desk.live.hold)["reason"] == "x" * 1000

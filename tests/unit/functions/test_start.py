import pytest

from laststop.errors import InvariantError, TransientError
from laststop.functions.start import LEASE_SECONDS, Ring, Starting, start, token_of
from laststop.functions.start_ports import StartMark
from laststop.site.live import Hold, held
from laststop.words.ids import ReleaseId, RunId
from unit.functions.aws_fakes import (
    Clock,
    FakeCauses,
    FakeHeads,
    FakeHistory,
    FakeMarks,
    FakeRefusals,
    FakeStarter,
    Patient,
)
from unit.functions.function_fakes import FakeReleases, bill_with, live_on
from unit.homes.home_workbench import EPOCH

BELL = Ring(cause="routing.zip is new")
AGAIN = Ring(cause="the run was cancelled", again=True)


class Desk:
    """One project's row and pipeline; `ring` is one invocation of the function."""

    def __init__(self, **documents: int) -> None:
        self.clock = Clock()
        self.marks = FakeMarks()
        self.history = FakeHistory()
        self.starter = FakeStarter(self.history)
        self.causes = FakeCauses()
        self.refusals = FakeRefusals()
        self.heads = FakeHeads(**(documents or {"routing": 1}))
        self.releases = FakeReleases()
        self.calls = 0

    def ring(self, bell: Ring = BELL, *, meanwhile=lambda: None):
        self.calls += 1
        patient = Patient(self.clock)
        patient.meanwhile = meanwhile
        return start(bell, ports=self.ports(f"call-{self.calls}"), waiting=patient)

    def ports(self, caller: str) -> Starting:
        return Starting(
            marks=self.marks,
            starter=self.starter,
            causes=self.causes,
            refusals=self.refusals,
            documents=self.heads,
            releases=self.releases,
            history=self.history,
            objects=tuple(self.heads.written),
            clock=self.clock,
            caller=caller,
        )


def test_a_bell_begins_a_run_pinned_to_the_newest_documents():
    desk = Desk(routing=3, firewall=1)
    begun = desk.ring()
    assert begun.run == "run-1"
    assert desk.starter.asked[0][0] == {"routing": "routing-v3", "firewall": "firewall-v1"}
    assert desk.marks.mark.heads == desk.starter.asked[0][0]
    assert desk.marks.mark.holder == ""


def test_why_a_run_began_is_noted():
    desk = Desk(**dict.fromkeys("abcdefg", 1))
    desk.ring()
    desk.heads.written["c"] = 2
    desk.ring()
    desk.ring(Ring(cause="by hand", anyway=True))
    desk.heads.written.update(a=2, b=2)
    desk.ring(Ring(cause="the sweep found what was missed", again=True))
    assert desk.causes.noted == {
        "run-1": "new documents: a, b, c, d, e and 2 more",
        "run-2": "new documents: c",
        "run-3": "by hand",
        "run-4": "the sweep found what was missed",
    }


def test_who_rang_while_a_run_was_decided_is_answered_with_what_is_new():
    desk = Desk(routing=1)

    def other() -> None:
        desk.starter.meanwhile = lambda: None
        desk.heads.written["routing"] = 2
        desk.ring()

    desk.starter.meanwhile = other
    desk.ring()
    assert set(desk.causes.noted.values()) == {"new documents: routing"}


def test_the_same_bell_again_begins_nothing():
    desk = Desk()
    desk.ring()
    assert desk.ring().run is None
    assert len(desk.starter.asked) == 1


def test_documents_that_the_site_shows_already_are_not_built_again():
    desk = Desk(routing=2)
    desk.releases.pointer = live_on(bill_with(2, version="routing-v2"))
    assert desk.ring(Ring(cause="a run ended: succeeded", about=RunId("the pipeline's first"))).run is None
    desk.heads.written["routing"] = 3
    assert desk.ring().run == "run-1"


def test_three_documents_in_one_breath_are_one_run():
    desk = Desk(a=1, b=1, c=1)
    for name in ("a", "b", "c"):
        desk.heads.written[name] = 2
    assert [desk.ring().run for _ in range(3)] == ["run-1", None, None]


def test_a_document_written_while_the_bell_waits_is_in_the_run():
    desk = Desk(routing=1)
    desk.ring(meanwhile=lambda: desk.heads.written.update(routing=2))
    assert desk.starter.asked[-1][0] == {"routing": "routing-v2"}


def test_who_rings_during_a_decision_leaves_a_mark_and_the_holder_looks_again():
    desk = Desk(routing=1)

    def other_writes_and_rings() -> None:
        desk.starter.meanwhile = lambda: None
        desk.heads.written["routing"] = 2
        assert desk.ring().why.startswith("somebody else is deciding")

    desk.starter.meanwhile = other_writes_and_rings
    desk.ring()
    assert [asked[0]["routing"] for asked in desk.starter.asked] == ["routing-v1", "routing-v2"]
    assert (desk.marks.mark.holder, desk.marks.mark.dirty) == ("", False)


def test_a_lease_of_somebody_who_died_ends_by_itself():
    desk = Desk()
    desk.marks.mark = StartMark(
        revision=5, holder="dead", lease_until=desk.clock(), dirty=True, again=True, heads={}
    )
    assert desk.ring().run == "run-1"


def test_who_died_between_the_start_and_its_note_began_the_run_that_the_next_one_finds():
    desk = Desk()
    desk.starter.start({"routing": "routing-v1"}, token_of({"routing": "routing-v1"}, 1))
    desk.clock.move(LEASE_SECONDS)
    assert desk.ring().run == "run-1"
    assert len(desk.starter.runs) == 1


def test_a_decision_that_took_too_long_begins_nothing_beside_the_next_holder():
    desk = Desk()
    slow = desk.heads.head

    def head(object_):
        desk.clock.move(LEASE_SECONDS)
        return slow(object_)

    desk.heads.head = head
    with pytest.raises(TransientError, match="too long"):
        desk.ring()
    assert desk.starter.asked == []


@pytest.mark.parametrize("status", ["Cancelled", "Stopped"])
def test_a_run_that_was_cancelled_or_stopped_is_begun_again_under_another_token(status):
    desk = Desk()
    desk.ring()
    desk.history.ended("run-1", status)
    assert desk.ring(AGAIN).run == "run-2"
    assert desk.marks.mark.attempt == 2
    assert len({token for _, token in desk.starter.asked}) == 2


def test_the_same_end_told_twice_begins_one_run():
    desk = Desk()
    desk.ring()
    desk.history.ended("run-1", "Cancelled")
    desk.ring(AGAIN)
    assert desk.ring(AGAIN).run is None


def test_a_failed_run_waits_for_a_person_or_something_new():
    desk = Desk()
    desk.ring()
    desk.history.ended("run-1", "Failed")
    assert desk.ring(AGAIN).run is None
    assert desk.ring(Ring(cause="a person", anyway=True)).run == "run-2"
    desk.history.ended("run-2", "Failed")
    desk.heads.written["routing"] = 2
    assert desk.ring().run == "run-3"


def test_what_is_live_already_is_not_begun_again():
    desk = Desk(routing=1)
    desk.ring()
    desk.history.ended("run-1", "Succeeded")
    desk.releases.pointer = live_on(bill_with(1, version="routing-v1"))
    assert desk.ring(AGAIN).run is None


def test_a_held_site_begins_nothing_and_what_came_meanwhile_goes_out_after_the_hold():
    desk = Desk(routing=1)
    live = live_on(bill_with(1, version="routing-v1"))
    desk.releases.pointer = held(live, Hold(reason="looks odd", since=EPOCH))
    assert desk.ring().why == "held: looks odd"
    desk.heads.written["routing"] = 2
    desk.ring()
    assert desk.starter.asked == []
    desk.releases.pointer = live
    desk.ring(Ring(cause="the hold was lifted", again=True))
    assert desk.starter.asked[0][0] == {"routing": "routing-v2"}


def test_a_run_that_was_overtaken_with_a_newer_commit_gets_one_fresh_run():
    desk = Desk(routing=1)
    desk.ring()
    desk.history.ended("run-1", "Succeeded")
    desk.releases.pointer = live_on(bill_with(1, version="routing-v1"))
    desk.refusals.fresh.add("run-1")
    ended = Ring(cause="run-1 ended", again=True, about=RunId("run-1"))
    assert desk.ring(ended).run == "run-2"
    desk.history.ended("run-2", "Succeeded")
    assert desk.ring(ended).run is None


def test_a_loser_that_asked_for_more_than_a_look_is_heard():
    desk = Desk(routing=1)
    desk.ring()
    desk.history.ended("run-1", "Stopped")

    def somebody_asks_for_a_repeat() -> None:
        desk.marks.meanwhile.clear()
        assert desk.ring(AGAIN).run is None

    desk.marks.meanwhile = [lambda: None, somebody_asks_for_a_repeat]
    desk.ring()
    assert [token for _, token in desk.starter.asked] == [
        token_of({"routing": "routing-v1"}, 1),
        token_of({"routing": "routing-v1"}, 2),
    ]


def test_a_mark_that_others_keep_writing_is_given_back_to_be_tried_later():
    desk = Desk()

    def other() -> None:
        desk.marks.mark = StartMark(revision=desk.marks.mark.revision + 1)

    desk.marks.meanwhile = [other] * 50
    with pytest.raises(TransientError, match="kept writing"):
        desk.ring()


def test_a_document_that_was_never_written_is_named():
    desk = Desk(routing=1)
    del desk.heads.written["routing"]
    ports = desk.ports("me")
    with pytest.raises(InvariantError, match="routing"):
        start(
            BELL, ports=Starting(**{**_fields(ports), "objects": ("routing",)}), waiting=Patient(desk.clock)
        )


def test_tokens_fit_what_codepipeline_takes_and_name_heads_and_attempt():
    heads = {"a": "1", "b": "2"}
    assert len(token_of(heads, 1)) <= 128
    assert token_of(heads, 1) == token_of(dict(reversed(heads.items())), 1)
    assert len({token_of(heads, 1), token_of(heads, 2), token_of({"a": "2", "b": "1"}, 1)}) == 3
    assert live_on(bill_with(1)).release == ReleaseId("rel-1")


def _fields(ports: Starting) -> dict:
    return {name: getattr(ports, name) for name in ports.__struct_fields__}

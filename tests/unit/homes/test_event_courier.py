"""Events told to somebody: at least once, in order, and not for ever."""

import json

import pytest

from laststop.errors import DeniedError, TransientError, UsageError
from laststop.homes.embedded import event_courier as module
from laststop.homes.embedded.event_courier import EventCourier, Telling, forget_others
from laststop.homes.embedded.store.journal import Store
from laststop.pipeline.event_pattern import read_pattern
from laststop.words import facts_pipeline as f
from laststop.words.ids import RunId
from unit.homes.home_workbench import Clock

FAILURES = {"detail": {"state": ["FAILED", "RESUMED"]}}


class Target:
    def __init__(self) -> None:
        self.told: list[tuple[str, str]] = []
        self.ids: list[str] = []
        self.errors: list[Exception | None] = []

    def tell(self, event) -> None:
        error = self.errors.pop(0) if self.errors else None
        if error is not None:
            raise error
        self.ids.append(event.id)
        self.told.append((event.detail_type.split()[1], event.detail.execution_id))

    def close(self) -> None:
        self.closed = True


class Desk:
    def __init__(self, *, before=(), file=None) -> None:
        self.store = Store(file)
        self.clock = Clock()
        self.target = Target()
        self.said: list[str] = []
        for run in before:
            self.run(run)
        self.courier = self.another()
        self.courier.once()

    def another(self) -> EventCourier:
        telling = Telling(name="chat", pattern=read_pattern(json.dumps(FAILURES)), target=self.target)
        return EventCourier(
            store=self.store,
            telling=telling,
            clock=self.clock,
            hide=lambda text: text.replace("hunter2", "***"),
            say=self.said.append,
            chance=lambda: 1.0,
        )

    def append(self, *facts) -> None:
        with self.store.transaction() as transaction:
            for fact in facts:
                transaction.append(fact)

    def run(self, name: str, *, failed=True) -> None:
        about = {"pipeline": "p", "run": RunId(name), "at": self.clock()}
        self.append(f.RunStarted(**about, cause="x", pipeline_version=1))
        if failed:
            self.append(f.RunFailed(**about, stage="Build"))

    def retry(self, name: str) -> None:
        self.append(
            f.StageRetried(pipeline="p", run=RunId(name), at=self.clock(), stage="Build", mode="ALL_ACTIONS")
        )

    def cursor(self) -> int:
        with self.store.view() as view:
            return view.cursor("events:chat")

    def set_aside(self):
        with self.store.view() as view:
            return [one.fact for one in view.of_kinds(["event.set_aside"], 0)]


@pytest.fixture
def desk():
    desk = Desk()
    yield desk
    desk.store.close()


def test_what_a_pattern_asks_for_is_told_once_and_in_order(desk):
    desk.run("r1")
    desk.run("r2", failed=False)
    desk.run("r3")
    assert desk.courier.once() == module.LOOK_SECONDS
    assert desk.target.told == [("Pipeline", "r1"), ("Pipeline", "r3")]
    desk.courier.once()
    desk.another().once()
    assert len(desk.target.told) == 2


def test_somebody_new_begins_with_what_happens_from_now_on():
    desk = Desk()
    desk.store.close()
    desk = Desk.__new__(Desk)
    desk.store, desk.clock, desk.target, desk.said, desk.pattern = (
        Store(None),
        Clock(),
        Target(),
        [],
        FAILURES,
    )
    desk.run("r1")
    desk.courier = desk.another()
    desk.courier.once()
    desk.run("r2")
    desk.courier.once()
    assert desk.target.told == [("Pipeline", "r2")]
    desk.store.close()


def test_a_target_that_is_down_is_tried_again_later_and_longer_each_time_and_nothing_is_lost(desk):
    desk.run("r1")
    desk.run("r2")
    desk.target.errors = [TransientError("down")] * 3
    assert [desk.courier.once() for _ in range(3)] == [1.0, 2.0, 4.0]
    assert desk.said == ["events chat: down; trying again"]
    desk.courier.once()
    assert desk.target.told == [("Pipeline", "r1"), ("Pipeline", "r2")]


def test_a_peer_may_ask_for_a_longer_pause_and_not_for_a_longer_one_than_ours(desk):
    desk.run("r1")
    desk.target.errors = [
        TransientError("busy", retry_after_seconds=30),
        TransientError("busy", retry_after_seconds=90_000),
    ]
    assert desk.courier.once() == 30
    assert desk.courier.once() == module.LONGEST_PAUSE_SECONDS


def test_after_a_day_an_event_is_set_aside_with_the_reason_and_the_next_one_follows(desk):
    desk.run("r1")
    desk.clock.pass_by(hours=23)
    desk.run("r2")
    desk.target.errors = [DeniedError("wrong hunter2")]
    desk.courier.once()
    assert desk.set_aside() == []
    desk.clock.pass_by(hours=2)
    desk.target.errors = [DeniedError("wrong hunter2")]
    desk.courier.once()
    (fact,) = desk.set_aside()
    assert (fact.target, fact.reason, fact.place) == ("chat", "wrong ***", 2)
    assert desk.target.told == [("Pipeline", "r2")]


def test_an_event_that_is_refused_for_what_it_is_is_set_aside_at_once(desk):
    desk.run("r1")
    desk.run("r2")
    desk.target.errors = [UsageError("it answers 400")]
    desk.courier.once()
    assert [fact.reason for fact in desk.set_aside()] == ["it answers 400"]
    assert desk.target.told == [("Pipeline", "r2")]


def test_of_two_events_of_one_fact_the_first_is_not_told_again_when_the_second_fails(desk):
    desk.run("r1")
    desk.courier.once()
    desk.retry("r1")
    desk.target.errors = [None, TransientError("down")]
    desk.courier.once()
    desk.courier.once()
    assert [level for level, _ in desk.target.told] == ["Pipeline", "Pipeline", "Stage"]


def test_a_kill_before_the_cursor_moved_tells_again_under_the_same_id(desk, monkeypatch):
    desk.run("r1")
    monkeypatch.setattr(desk.courier, "_move", lambda _: (_ for _ in ()).throw(TransientError("full")))
    desk.courier.once()
    desk.another().once()
    assert len(desk.target.ids) == 2
    assert len(set(desk.target.ids)) == 1


def test_a_fault_of_ours_is_told_and_tried_again(desk):
    desk.run("r1")
    desk.target.errors = [ZeroDivisionError("oops")]
    assert desk.courier.once() == 1.0
    assert desk.said == ["events chat: ZeroDivisionError: oops; trying again"]
    desk.courier.once()
    assert len(desk.target.told) == 1


def test_news_that_nobody_asks_for_cost_no_write_until_there_are_many(desk, monkeypatch):
    before = desk.cursor()
    desk.run("r1", failed=False)
    desk.courier.once()
    assert desk.cursor() == before
    monkeypatch.setattr(module, "IDLE_FACTS_MAX", 3)
    for name in ("r2", "r3", "r4"):
        desk.run(name, failed=False)
    desk.courier.once()
    assert desk.cursor() > before


def test_many_facts_are_read_batch_by_batch(desk):
    for number in range(250):
        desk.run(f"r{number}")
    desk.courier.once()
    assert [run for _, run in desk.target.told] == [f"r{number}" for number in range(250)]


def test_whose_events_are_no_longer_wanted_keeps_nothing_from_being_compacted(desk):
    forget_others(desk.store, ("other",))
    with desk.store.view() as view:
        rows = view.connection.execute("SELECT reader FROM cursor WHERE reader LIKE 'events:%'").fetchall()
    assert rows == []


def test_a_thread_of_its_own_tells_what_happens(tmp_path, monkeypatch):
    desk = Desk(file=tmp_path / "store.db")  # a store in memory has one connection, for one thread
    monkeypatch.setattr(module, "LOOK_SECONDS", 0.01)
    desk.courier.start()
    desk.run("r1")
    for _ in range(500):
        if desk.target.told:
            break
        desk.courier._stop.wait(0.01)
    desk.courier.stop()
    desk.store.close()
    assert desk.target.told == [("Pipeline", "r1")]

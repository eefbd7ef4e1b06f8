"""The fence, as rows and as a law."""

from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from laststop.site.fence import AlreadyLive, Held, Overtaken, Pass, Unchanged, judge_switch
from laststop.site.live import HighWater, Hold, Live, Release, held, lifted, marked, switched
from laststop.words.bill import Bill, Revision, bill_of
from laststop.words.digests import digest_of
from laststop.words.ids import ReleaseId, RunId

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


class Run(msgspec.Struct, frozen=True, kw_only=True):
    name: str
    git: str = "c1"
    routing: int = 1
    switching: int = 1
    second: int = 0

    @property
    def decided_at(self) -> datetime:
        return NOON + timedelta(seconds=self.second)

    @property
    def bill(self) -> Bill:
        documents = {"routing": self.routing, "switching": self.switching}
        return bill_of(
            [
                Revision(action="frontend", id=self.git, location="acme/frontend@main"),
                *(
                    Revision(
                        action=name, id=f"{name}-{number}", location=f"docs/{name}.zip", generation=number
                    )
                    for name, number in documents.items()
                ),
            ]
        )

    @property
    def release(self) -> Release:
        return Release(
            id=ReleaseId(f"{self.name}-release"),
            run=RunId(self.name),
            bill=self.bill,
            manifest=digest_of(self.name.encode()),
            stored_at=self.decided_at,
        )

    def judged(self, live: Live | None, *, way_back: bool = False):
        return judge_switch(
            run=RunId(self.name), bill=self.bill, decided_at=self.decided_at, live=live, way_back=way_back
        )


def deliver(run: Run, live: Live | None, *, way_back: bool = False, hold: Hold | None = None) -> Live | None:
    """What `deploy-site` does with the judgement."""
    match run.judged(live, way_back=way_back):
        case Pass(high_water=high_water):
            return switched(live, run.release, high_water=high_water, at=run.decided_at, hold=hold)
        case Unchanged(high_water=high_water) if live and high_water != live.high_water:
            return marked(live, high_water)
    return live


def live_of(run: Run, *, mark: Run | None = None) -> Live:
    pointer = deliver(run, None)
    assert pointer
    if mark:
        top = mark.judged(None)
        assert isinstance(top, Pass)
        pointer = msgspec.structs.replace(pointer, high_water=top.high_water)
    return pointer


LIVE = Run(name="live", git="c5", routing=5, switching=5, second=100)
HOLD = Hold(reason="a bad table", since=NOON)


def test_the_first_run_passes_and_sets_the_mark() -> None:
    assert LIVE.judged(None) == Pass(
        high_water=HighWater(
            generations={"docs/routing.zip": 5, "docs/switching.zip": 5},
            decided_at=LIVE.decided_at,
            run=RunId("live"),
        )
    )


@pytest.mark.parametrize(
    ("run", "why"),
    [
        (Run(name="x", git="c6", routing=5, switching=5, second=101), "a push on the newest documents"),
        (Run(name="x", git="c6", routing=5, switching=5, second=100), "decided in the same instant"),
        (Run(name="x", git="c0", routing=6, switching=5, second=101), "git has no order"),
        (Run(name="x", git="c5", routing=6, switching=5, second=99), "higher documents beat the clock"),
    ],
)
def test_a_run_that_is_not_older_passes_and_raises_the_mark(run: Run, why: str) -> None:
    judged = run.judged(live_of(LIVE))
    assert isinstance(judged, Pass), why
    assert judged.high_water.generations["docs/routing.zip"] == run.routing
    assert judged.high_water.decided_at == max(run.decided_at, LIVE.decided_at)
    assert judged.high_water.run == "x"


@pytest.mark.parametrize(
    ("run", "document", "mine", "theirs", "fresh"),
    [
        (Run(name="x", git="c5", routing=4, switching=5, second=101), "docs/routing.zip", 4, 5, False),
        (Run(name="x", git="c5", routing=4, switching=6, second=101), "docs/routing.zip", 4, 5, True),
        (Run(name="x", git="c6", routing=5, switching=4, second=101), "docs/switching.zip", 4, 5, True),
        (Run(name="x", git="c5", routing=4, switching=3, second=101), "docs/routing.zip", 4, 5, False),
        (Run(name="x", git="c4", routing=5, switching=5, second=99), "", None, None, True),
    ],
)
def test_an_older_run_is_overtaken_and_says_by_what(
    run: Run, document: str, mine: int | None, theirs: int | None, fresh: bool
) -> None:
    judged = run.judged(live_of(LIVE))
    assert isinstance(judged, Overtaken)
    assert (judged.by, judged.document, judged.mine, judged.theirs) == ("live", document, mine, theirs)
    assert judged.fresh_run_wanted is fresh
    assert "run live" in judged.reason
    if document:
        assert f"{document} to generation {theirs}; this run holds generation {mine}" in judged.reason
    else:
        assert "2026-11-23T12:01:40.000Z, this one 2026-11-23T12:01:39.000Z" in judged.reason


def test_an_equal_bill_is_not_released_again_but_counts_as_the_newest() -> None:
    twin = Run(name="twin", git="c5", routing=5, switching=5, second=300)
    between = Run(name="between", git="c4", routing=5, switching=5, second=200)
    pointer = live_of(LIVE)
    judged = twin.judged(pointer)
    assert isinstance(judged, Unchanged)
    assert (judged.run, judged.release) == ("live", "live-release")
    after = deliver(twin, pointer)
    assert after
    assert (after.release, after.epoch) == (pointer.release, pointer.epoch + 1)
    assert isinstance(between.judged(after), Overtaken)


def test_an_equal_bill_decided_earlier_moves_nothing() -> None:
    twin = Run(name="twin", git="c5", routing=5, switching=5, second=1)
    pointer = live_of(LIVE)
    assert deliver(twin, pointer) is pointer


def test_the_live_run_delivered_again_is_already_live_even_on_hold() -> None:
    assert LIVE.judged(live_of(LIVE)) == AlreadyLive(release=ReleaseId("live-release"))
    assert isinstance(LIVE.judged(held(live_of(LIVE), HOLD)), AlreadyLive)


def test_behind_a_hold_newer_runs_wait_and_lifting_lets_the_newest_pass() -> None:
    newer = Run(name="newer", git="c6", routing=6, switching=5, second=200)
    pointer = held(live_of(LIVE), HOLD)
    assert newer.judged(pointer) == Held(release=ReleaseId("live-release"), reason="a bad table")
    assert isinstance(newer.judged(lifted(pointer)), Pass)
    assert lifted(pointer).epoch == pointer.epoch + 1


def test_a_way_back_passes_and_never_lowers_the_mark() -> None:
    old = Run(name="old", git="c1", routing=1, switching=1, second=1)
    pointer = live_of(LIVE)
    back = deliver(old, pointer, way_back=True, hold=HOLD)
    assert back
    assert (back.release, back.hold, back.epoch) == ("old-release", HOLD, 2)
    assert back.high_water == pointer.high_water
    assert isinstance(deliver(old, lifted(back)), Live)
    stale = Run(name="stale", git="c3", routing=3, switching=3, second=50)
    assert isinstance(stale.judged(lifted(back)), Overtaken)
    assert isinstance(LIVE.judged(lifted(back)), Pass)


def test_a_document_only_one_side_has_says_nothing() -> None:
    pointer = live_of(LIVE)
    without = bill_of([line for line in LIVE.bill.revisions if line.action != "switching"])
    judged = judge_switch(
        run=RunId("x"), bill=without, decided_at=LIVE.decided_at + timedelta(seconds=1), live=pointer
    )
    assert isinstance(judged, Pass)
    assert judged.high_water.generations["docs/switching.zip"] == 5
    extra = bill_of(
        [*LIVE.bill.revisions, Revision(action="new", id="1", location="docs/new.zip", generation=1)]
    )
    early = judge_switch(run=RunId("x"), bill=extra, decided_at=NOON, live=pointer)
    assert isinstance(early, Pass)


@st.composite
def histories(draw: st.DrawFn) -> list[Run]:
    """Runs as a pipeline decides them: each with the heads of its moment; documents only grow."""
    runs: list[Run] = []
    routing = switching = 1
    for number in range(draw(st.integers(1, 7))):
        routing += draw(st.integers(0, 1))
        switching += draw(st.integers(0, 1))
        runs.append(
            Run(
                name=f"run{number}",
                git=draw(st.sampled_from(["c1", "c2", "c3"])),
                routing=routing,
                switching=switching,
                second=number,
            )
        )
    return runs


@given(st.data())
def test_in_any_order_the_newest_ends_live_and_no_document_ever_sinks(data: st.DataObject) -> None:
    runs = data.draw(histories())
    order = data.draw(st.permutations(runs))
    repeats = data.draw(st.lists(st.sampled_from(runs), max_size=5))
    live: Live | None = None
    for run in [*order, *repeats]:
        before = live
        live = deliver(run, live)
        assert live
        if before:
            for location, generation in before.bill.generations.items():
                assert live.bill.generations[location] >= generation
            assert live.high_water.decided_at >= before.high_water.decided_at
            assert live.epoch in (before.epoch, before.epoch + 1)
    assert live
    assert live.bill.digest == runs[-1].bill.digest


@given(st.data())
def test_after_any_ways_back_lifting_and_delivering_the_newest_ends_on_the_newest(
    data: st.DataObject,
) -> None:
    runs = data.draw(histories())
    live: Live | None = None
    top: dict[str, int] = {}
    for run in data.draw(st.lists(st.sampled_from(runs), min_size=1, max_size=6)):
        live = deliver(run, live)
        assert live
        if data.draw(st.booleans()):
            live = deliver(data.draw(st.sampled_from(runs)), live, way_back=True, hold=HOLD)
            assert live
        if data.draw(st.booleans()):
            live = lifted(live)
        assert all(live.high_water.generations[place] >= number for place, number in top.items())
        top = live.high_water.generations
    assert live
    live = deliver(runs[-1], lifted(live))
    assert live
    assert live.bill.digest == runs[-1].bill.digest


def test_the_pointer_survives_json() -> None:
    pointer = held(live_of(LIVE), HOLD)
    assert msgspec.json.decode(msgspec.json.encode(pointer), type=Live) == pointer


def test_a_run_is_no_way_back_unless_somebody_says_so() -> None:
    newer = Run(name="newer", git="c6", routing=6, switching=5, second=200)
    judged = judge_switch(
        run=RunId("newer"), bill=newer.bill, decided_at=newer.decided_at, live=held(live_of(LIVE), HOLD)
    )
    assert isinstance(judged, Held)


def test_a_way_back_to_what_is_live_is_no_way() -> None:
    twin = Run(name="twin", git="c5", routing=5, switching=5, second=300)
    back = twin.judged(held(live_of(LIVE), HOLD), way_back=True)
    assert back == AlreadyLive(release=ReleaseId("live-release"))

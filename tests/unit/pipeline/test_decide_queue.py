"""QUEUED mode: nothing is superseded, everybody gets a turn, in the order they came."""

import pytest

from laststop.pipeline.refusals import RUNS_MAX
from laststop.pipeline.starts import may_begin
from laststop.words import facts_pipeline as f
from unit.pipeline.bench import LINE, Bench, flow, lines, run_id

QUEUED = flow(*LINE.stages, execution_mode="QUEUED")
THREE_BEFORE_BUILD = "start 1; pass 1 Source; start 2; pass 2 Source; start 3; pass 3 Source"
SHIPPED = "start 1; pass 1 Source; pass 1 Build; pass 1 Release"

ROWS = {
    # why not supersede 2: in a queue nothing is given up
    "R-QUEUE-01 all that come wait": ("start 1; start 2; start 3", "Source[1<2<3] Build[] Release[]", ""),
    # why not 3: it came later
    "R-QUEUE-02 the first that came enters first": (
        f"{THREE_BEFORE_BUILD}; pass 1 Build",
        "Source[] Build[2<3] Release[1]",
        "",
    ),
    # why not only before the first stage: every stage has a queue of its own
    "R-QUEUE-03 every stage has a queue": (
        f"{THREE_BEFORE_BUILD}; start 4; start 5",
        "Source[4<5] Build[1<2<3] Release[]",
        "",
    ),
    # why not wait for a retry: a failure frees the lock, and the queue goes on
    "R-QUEUE-04 a failure lets the next one in": (
        f"{THREE_BEFORE_BUILD}; fail 1 compile",
        "Source[] Build[2<3] Release[]",
        "1 failed",
    ),
    # why not stop the whole queue: a stop is of one run
    "R-QUEUE-05 who is stopped in the queue leaves it, and the order stays": (
        f"{THREE_BEFORE_BUILD}; stop 2; pass 1 Build",
        "Source[] Build[3] Release[1]",
        "2 stopped",
    ),
    # why not let them pass: a closed way holds the whole queue
    "R-QUEUE-06 a closed way holds the queue and keeps its order": (
        f"close Build why; {THREE_BEFORE_BUILD}; open Build",
        "Source[] Build[1<2<3] Release[]",
        "",
    ),
    # why not 2 first: it queues up in the next stage when it gets there
    "R-QUEUE-07 the order is kept from stage to stage": (
        f"{THREE_BEFORE_BUILD}; pass 1 Build; pass 2 Build; pass 3 Build",
        "Source[] Build[] Release[1<2<3]",
        "",
    ),
    # why not cancel 1 at once: what is in progress ends first
    "R-QUEUE-08 an update cancels the queue at once, and who is inside when its actions end": (
        f"{THREE_BEFORE_BUILD}; update",
        "Source[] Build[1] Release[]",
        "2 cancelled, 3 cancelled",
    ),
    # why not to the end of the queue: a rollback is a way back, and waits for nobody
    "R-QUEUE-09 a rollback enters before those that wait": (
        f"{SHIPPED}; close Release why; start 2; pass 2 Source; pass 2 Build; rollback 9 Release 1",
        "Source[] Build[] Release[9<2]",
        "1 succeeded",
    ),
}


@pytest.mark.parametrize(("script", "places", "ends"), ROWS.values(), ids=ROWS)
def test_who_is_where(script, places, ends):
    bench = Bench(QUEUED).play(script)
    assert (bench.refused, bench.places, bench.ends) == (None, places, ends)


def full() -> Bench:
    """As many runs as there may be; the first is inside Source."""
    bench = Bench(QUEUED)
    for number in range(RUNS_MAX):
        bench.play(f"start {number}")
    return bench


LIMIT = "ConcurrentPipelineExecutionsLimitExceededException"


def test_a_start_is_refused_at_the_limit_r_limit_01():
    """Why not queue it: AWS refuses the 51st."""
    bench = full().play("start 99")
    assert bench.refused is not None
    assert bench.refused.code == LIMIT
    assert str(RUNS_MAX) in bench.refused.message


def test_a_retry_is_refused_at_the_limit_r_limit_02():
    """Why close the way: else the next would enter Source, and 0 would not be the latest there."""
    bench = Bench(QUEUED).play("start 0; close Source why; fail 0 frontend; ok 0 routing")
    for number in range(1, RUNS_MAX + 1):
        bench.play(f"start {number}")
    bench.play("retry 0 Source")
    assert bench.refused is not None
    assert bench.refused.code == LIMIT


def test_a_run_that_ends_makes_room_r_limit_03():
    bench = full().play("stop 7; start 99")
    assert bench.refused is None


def test_the_mark_waits_at_the_limit_and_says_so_r_limit_04():
    bench = full().play("want news")
    assert str(RUNS_MAX) in (may_begin(bench.state) or "")


def test_superseded_mode_has_no_limit_because_it_needs_none_r_limit_05():
    bench = Bench()
    for number in range(RUNS_MAX + 5):
        bench.play(f"start {number}")
    assert bench.refused is None
    assert len(bench.state.runs) == 2


MARK = {
    # why not at once: what is queued has not read the sources yet, and will read this change too
    "R-MARK-20 a queued run that has not read carries the news": ("start 1; start 2; want news", False),
    # why not wait for Build: every change is to be run, and the queue keeps the order
    "R-MARK-21 a run in Build is no reason to wait": ("start 1; pass 1 Source; want news", True),
    # why not wait: the run inside may have read before the change
    "R-MARK-22 a run that reads now is no reason to wait": ("start 1; want news", True),
    # why not wait: those in a later queue have read
    "R-MARK-23 a queue before a later stage is no reason to wait": (f"{THREE_BEFORE_BUILD}; want news", True),
}


@pytest.mark.parametrize(("script", "begins"), MARK.values(), ids=MARK)
def test_when_the_mark_becomes_a_run(script, begins):
    bench = Bench(QUEUED).play(script)
    assert (may_begin(bench.state) is None) == begins
    bench.play("begin 9 frontend@new")
    assert (run_id("9") in bench.state.runs) == begins


def test_the_facts_of_a_turn_stand_in_the_order_in_which_they_happen():
    bench = Bench(QUEUED).play("start 1; start 2; ok 1 frontend")
    bench.facts.clear()
    bench.play("fail 1 routing")
    assert lines(bench.facts) == [
        "action.failed 1 Source/routing/1",
        "stage.failed 1 Source",
        "run.failed 1 Source",
        "stage.entered 2 Source",
        "action.started 2 Source/frontend/1",
        "action.started 2 Source/routing/1",
    ]
    assert bench.told(f.RunSuperseded) == []

"""Who may be where: locks, inbound slots, superseding, transitions."""

import pytest

from laststop.pipeline.draft import Draft
from laststop.words import facts_pipeline as f
from unit.pipeline.bench import MORNING, Bench, lines, run_id

INTO_BUILD = "start 1; pass 1 Source"
THIRD = "start 3; pass 3 Source; pass 3 Build"
BEHIND = f"{INTO_BUILD}; start 2; pass 2 Source"

ROWS = {
    # why not let 2 read its sources meanwhile: a stage is locked from entry until all its actions finish
    "R-LOCK-01 a run waits before a stage that another one holds": (
        "start 1; start 2",
        "Source[1<2] Build[] Release[]",
        "",
    ),
    # why not supersede 1: a run inside a stage never is, however many newer ones come
    "R-LOCK-02 a run inside a stage is never superseded": (
        "start 1; start 2; start 3; start 4",
        "Source[1<4] Build[] Release[]",
        "2 superseded, 3 superseded",
    ),
    # why not keep both: the slot before a stage takes one run
    "R-LOCK-03 a newer run takes the slot of the one that waits": (
        f"{BEHIND}; start 3; pass 3 Source",
        "Source[] Build[1<3] Release[]",
        "2 superseded",
    ),
    # why not hold Source for 2: it succeeded there, so its lock passed on with it
    "R-LOCK-04 a run that waits holds nothing behind it": (
        f"{BEHIND}; start 3",
        "Source[3] Build[1<2] Release[]",
        "",
    ),
    # why not wait for the end of 1's whole run: locks are of stages
    "R-LOCK-05 a stage is free as soon as its run has moved on": (
        f"{BEHIND}; pass 1 Build",
        "Source[] Build[2] Release[1]",
        "",
    ),
    # why not one after the other: one input settles everything that follows from it, last stage first
    "R-LOCK-06 one success moves the whole line": (
        f"{BEHIND}; pass 1 Build; pass 2 Build; start 3; pass 3 Source; start 4; pass 4 Source; pass 1 Release",
        "Source[] Build[3<4] Release[2]",
        "1 succeeded",
    ),
    # why not keep the lock until a retry: CodePipeline releases it on failure, and 2 goes in
    "R-LOCK-07 a failure frees the lock": (
        f"{BEHIND}; fail 1 compile",
        "Source[] Build[2] Release[]",
        "1 failed",
    ),
    # why not let 1 in: its transition is closed, and status InProgress is all that shows
    "R-LOCK-08 a run waits before a closed transition": (
        f"close Build frozen; {INTO_BUILD}",
        "Source[] Build[<1] Release[]",
        "",
    ),
    # why not keep 1 for later: only the newest of those behind a closed transition goes on
    "R-LOCK-09 a closed transition still supersedes": (
        f"close Build frozen; {INTO_BUILD}; start 2; pass 2 Source",
        "Source[] Build[<2] Release[]",
        "1 superseded",
    ),
    # why not wait for a new start: enabling lets the waiting run in at once
    "R-LOCK-10 an opened transition lets the newest in": (
        f"close Build frozen; {INTO_BUILD}; start 2; pass 2 Source; open Build",
        "Source[] Build[2] Release[]",
        "1 superseded",
    ),
    # why not stop 1: a transition is the way in; who is inside stays inside
    "R-LOCK-11 closing a transition does not touch the run inside": (
        f"{INTO_BUILD}; close Build frozen",
        "Source[] Build[1] Release[]",
        "",
    ),
    # why not let 2 in when 1 leaves: free and open are both asked for
    "R-LOCK-12 a free stage behind a closed transition stays empty": (
        f"{BEHIND}; close Build frozen; pass 1 Build",
        "Source[] Build[<2] Release[1]",
        "",
    ),
    # why not start at once: the first stage has a slot and a transition like any other
    "R-LOCK-13 the first stage can be closed too": (
        "close Source frozen; start 1; start 2",
        "Source[<2] Build[] Release[]",
        "1 superseded",
    ),
    # why not let 3 in past 1: 1 took its lock back before 3 came; what waits stays behind what is inside
    "R-LOCK-14 a retried older run goes on before the newer one that waits": (
        f"{INTO_BUILD}; pass 1 Build; fail 1 deploy; close Release frozen; {THIRD}; retry 1 Release; open Release",
        "Source[] Build[] Release[1<3]",
        "1 failed",
    ),
}


@pytest.mark.parametrize(("script", "places", "ends"), ROWS.values(), ids=ROWS)
def test_who_is_where(script, places, ends):
    bench = Bench().play(script)
    assert (bench.places, bench.ends) == (places, ends)


def test_a_run_that_fails_in_a_later_stage_can_still_be_retried_there_after_a_newer_one_began():
    bench = Bench().play(
        f"{INTO_BUILD}; pass 1 Build; fail 1 deploy; start 2; pass 2 Source; retry 1 Release"
    )
    assert bench.refused is None
    assert bench.places == "Source[] Build[2] Release[1]"


def test_a_superseded_run_is_told_by_which():
    bench = Bench().play("start 1; start 2; start 3")
    assert bench.told(f.RunSuperseded) == [
        f.RunSuperseded(at=MORNING, pipeline="flow", run=run_id("2"), by=run_id("3"))
    ]


def test_an_older_run_that_came_to_an_occupied_slot_would_be_the_superseded_one_r_lock_15():
    """No input leads there, because runs never overtake; a rule that brought one there must lose it."""
    bench = Bench().play(
        "close Build frozen; start 1; start 2; pass 1 Source; pass 2 Source; start 3; pass 3 Source"
    )
    bench.play("open Build; start 4; close Build frozen; pass 4 Source")
    draft = Draft(bench.state, bench.now)
    draft.wait(run_id("3"), "Build")
    assert lines(draft.facts) == ["run.superseded 3"]
    assert draft.state.stage("Build").inbound == (run_id("4"),)
    assert run_id("3") not in draft.state.runs


def test_the_facts_of_a_passage_stand_in_the_order_in_which_they_happen():
    bench = Bench().play("start 1; ok 1 frontend")
    bench.facts.clear()
    bench.play("ok 1 routing")
    assert lines(bench.facts) == [
        "action.succeeded 1 Source/routing/1",
        "run.bill_closed 1",
        "stage.succeeded 1 Source",
        "run.waiting 1 Build",
        "stage.entered 1 Build",
        "action.started 1 Build/compile/1",
    ]


def test_closing_a_way_twice_is_told_once_and_a_new_reason_is_told():
    bench = Bench().play(
        "close Build frozen; close Build frozen; close Build audit; open Build; open Build why"
    )
    told = [(fact.enabled, fact.reason) for fact in bench.told(f.TransitionSet)]
    assert told == [(False, "frozen"), (False, "audit"), (True, "")]


def test_a_transition_of_no_stage_is_refused():
    bench = Bench().play("close Biuld frozen")
    assert bench.refused is not None
    assert bench.refused.code == "StageNotFoundException"
    assert "'Biuld'" in bench.refused.message

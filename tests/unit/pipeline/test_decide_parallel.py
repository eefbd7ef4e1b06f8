"""PARALLEL mode: no run knows of another."""

import msgspec
import pytest

from laststop.pipeline.declaration import PipelineVariable
from laststop.pipeline.evolve import AT_REST_MAX
from laststop.pipeline.refusals import RUNS_MAX
from laststop.pipeline.starts import may_begin
from laststop.words import facts_pipeline as f
from unit.pipeline.bench import LINE, Bench, action, flow, run_id, source, stage

PARALLEL = flow(*LINE.stages, execution_mode="PARALLEL")
TWO = "start 1; start 2; pass 1 Source; pass 2 Source"

ROWS = {
    # why not wait: there are no locks
    "R-PARALLEL-01 a stage holds any number of runs": (TWO, "Source[] Build[1 2] Release[]", ""),
    # why not supersede 1: nothing waits, so nothing is in the way
    "R-PARALLEL-02 a newer run may overtake an older one": (
        f"{TWO}; pass 2 Build",
        "Source[] Build[1] Release[2]",
        "",
    ),
    # why not run on: closing a way is asked for by a person, and no mode is a way around it
    "R-PARALLEL-03 a closed way holds all that come to it": (
        f"close Build why; {TWO}",
        "Source[] Build[<1<2] Release[]",
        "",
    ),
    # why not the newest only: nothing is superseded, so all go on
    "R-PARALLEL-04 an opened way lets all of them in": (
        f"close Build why; {TWO}; open Build",
        "Source[] Build[1 2] Release[]",
        "",
    ),
    # why not cancel: they go on by the declaration they started with
    "R-PARALLEL-05 an update leaves running runs alone": (
        f"{TWO}; update; pass 1 Build; pass 1 Release",
        "Source[] Build[2] Release[]",
        "1 succeeded",
    ),
    # why not stop its neighbour: a failure is one run's own
    "R-PARALLEL-06 a failure is of one run": (
        f"{TWO}; fail 1 compile; pass 2 Build",
        "Source[] Build[] Release[2]",
        "1 failed",
    ),
    # why not refuse as not the latest: there is no latest among runs that do not know each other
    "R-PARALLEL-07 a failed run can be retried whoever came after it": (
        f"{TWO}; fail 1 compile; pass 2 Build; retry 1 Build",
        "Source[] Build[1] Release[2]",
        "1 failed",
    ),
    # why not wait inside: it never got in
    "R-PARALLEL-08 a run that waits and is stopped leaves": (
        "close Build why; start 1; pass 1 Source; stop 1",
        "Source[] Build[] Release[]",
        "1 stopped",
    ),
}


@pytest.mark.parametrize(("script", "places", "ends"), ROWS.values(), ids=ROWS)
def test_who_is_where(script, places, ends):
    bench = Bench(PARALLEL).play(script)
    assert (bench.refused, bench.places, bench.ends) == (None, places, ends)


REFUSED = {
    # why not: there is no stage that has a state of its own to go back in
    "R-PARALLEL-09 a rollback": (
        f"{TWO}; pass 1 Build; pass 1 Release; rollback 9 Release 1",
        "UnableToRollbackStageException",
    ),
    # why not: its declaration is no longer the pipeline's
    "R-PARALLEL-10 a retry after an update": (
        "start 1; pass 1 Source; update; fail 1 compile; retry 1 Build",
        "StageNotRetryableException",
    ),
    # why not: it waits, and nothing of it has failed
    "R-PARALLEL-11 a retry of a run that waits": (
        "close Build why; start 1; pass 1 Source; retry 1 Build",
        "StageNotRetryableException",
    ),
}


@pytest.mark.parametrize(("script", "code"), REFUSED.values(), ids=REFUSED)
def test_what_is_refused(script, code):
    bench = Bench(PARALLEL).play(script)
    assert bench.refused is not None
    assert bench.refused.code == code


def test_a_run_goes_on_by_the_declaration_it_started_with_r_parallel_12():
    bench = Bench(PARALLEL).play("start 1; pass 1 Source")
    shorter = flow(LINE.stages[0], stage("Other", action("else")), execution_mode="PARALLEL")
    bench.play("update")
    old = bench.state.definition(bench.state.runs[run_id("1")])
    assert old is not None
    assert old.role_arn == ""
    bench.pipeline_becomes(shorter)
    bench.play("pass 1 Build; pass 1 Release; start 2; pass 2 Source")
    assert bench.ends == "1 succeeded"
    assert bench.places == "Source[] Other[2]"
    assert bench.state.definitions == {}


def test_the_limit_counts_parallel_runs_too_r_parallel_13():
    bench = Bench(PARALLEL)
    for number in range(RUNS_MAX + 1):
        bench.play(f"start {number}")
    assert bench.refused is not None
    assert bench.refused.code == "ConcurrentPipelineExecutionsLimitExceededException"


WIDE = flow(
    stage("Source", source("frontend")),
    stage("Build", *(action(f"a{n}") for n in range(8)), action("last", run_order=2)),
    execution_mode="PARALLEL",
)


def test_five_actions_of_a_run_are_at_work_at_once_and_the_others_follow_r_parallel_14():
    bench = Bench(WIDE).play("start 1; pass 1 Source")
    assert bench.at_work == "1:a0/1 1:a1/1 1:a2/1 1:a3/1 1:a4/1"
    bench.play("ok 1 a2")
    assert bench.at_work == "1:a0/1 1:a1/1 1:a3/1 1:a4/1 1:a5/1"
    for name in ("a0", "a1", "a3", "a4", "a5", "a6"):
        bench.play(f"ok 1 {name}")
    assert bench.at_work == "1:a7/1"
    bench.play("ok 1 a7")
    assert bench.at_work == "1:last/1"


def test_after_a_failure_those_that_had_not_begun_do_not_begin_r_parallel_15():
    bench = Bench(WIDE).play("start 1; pass 1 Source; fail 1 a0; ok 1 a1")
    assert bench.at_work == "1:a2/1 1:a3/1 1:a4/1"
    bench.play("ok 1 a2; ok 1 a3; ok 1 a4")
    assert bench.ends == "1 failed"
    bench.play("retry 1 Build")
    assert bench.at_work == "1:a0/2 1:a5/1 1:a6/1 1:a7/1"


def test_so_many_ended_runs_can_still_be_retried_and_no_more_r_parallel_16():
    bench = Bench(PARALLEL)
    for number in range(AT_REST_MAX + 3):
        bench.play(f"start {number}; pass {number} Source; fail {number} compile")
    assert list(bench.state.runs) == [run_id(str(number)) for number in range(3, AT_REST_MAX + 3)]
    bench.play("retry 2 Build")
    assert bench.refused is not None
    assert bench.refused.code == "StageNotRetryableException"
    bench.play("retry 3 Build")
    assert bench.refused is None


def test_the_mark_becomes_a_run_at_once_r_parallel_17():
    bench = Bench(PARALLEL).play("start 1; start 2; close Build why; pass 1 Source; want news")
    assert may_begin(bench.state) is None
    bench.play("begin 9 frontend@new")
    assert run_id("9") in bench.state.runs


def test_parallel_runs_leave_no_trace_in_the_stages_r_parallel_18():
    bench = Bench(PARALLEL).play(f"{TWO}; fail 1 compile; pass 2 Build")
    for now in bench.state.stages.values():
        assert (now.occupant, now.inbound, now.latest, now.success) == (None, (), None, None)


def test_runs_of_two_modes_do_not_meet_r_parallel_19():
    """After a change of mode, the old runs go on without locks, and the new ones with them."""
    bench = Bench(PARALLEL).play(f"{TWO}; mode SUPERSEDED; start 3; pass 3 Source; start 4; pass 4 Source")
    assert bench.places == "Source[] Build[1 2 3<4] Release[]"
    bench.play("pass 2 Build")
    assert bench.places == "Source[] Build[1 3<4] Release[2]"
    assert bench.told(f.RunCancelled) == []


def test_what_is_at_work_is_not_given_up_for_what_rests():
    """The oldest run of all is under way; it stays, however many come to rest after it."""
    bench = Bench(PARALLEL).play("start 0; pass 0 Source")
    for number in range(1, AT_REST_MAX + 2):
        bench.play(f"start {number}; pass {number} Source; fail {number} compile")
    assert list(bench.state.runs) == [run_id("0"), *(run_id(str(n)) for n in range(2, AT_REST_MAX + 2))]
    assert bench.at_work == "0:compile/1"


def test_a_parallel_run_that_lacks_a_value_never_began_and_cannot_be_retried():
    asking = msgspec.structs.replace(PARALLEL, variables=(PipelineVariable(name="Who"),))
    bench = Bench(asking).play("start 1")
    assert (bench.ends, bench.state.runs) == ("1 failed", {})


def test_the_limit_is_of_the_modes_in_which_runs_gather():
    """Why not of SUPERSEDED: there runs give way to each other, and these fifty are of another mode."""
    bench = Bench(PARALLEL)
    for number in range(RUNS_MAX):
        bench.play(f"start {number}")
    bench.play("mode SUPERSEDED; start 77")
    assert bench.refused is None
    assert bench.places.startswith("Source[0 1 2 ")
    assert run_id("77") in bench.state.runs


def test_fifty_runs_may_be_in_progress_and_fifty_may_rest():
    """The first number is CodePipeline's; the second is ours."""
    assert (RUNS_MAX, AT_REST_MAX) == (50, 50)

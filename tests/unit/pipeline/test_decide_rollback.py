"""Ways back: a stage runs again with what an earlier run had there."""

import pytest

from laststop.words import facts_pipeline as f
from laststop.words.ids import derived_id
from unit.pipeline.bench import (
    BROKEN,
    LINE,
    Bench,
    action,
    flow,
    gate,
    made,
    revision,
    rule,
    run_id,
    source,
    stage,
)

GOOD = "start 1; pass 1 Source frontend@a; pass 1 Build; pass 1 Release"
TWICE = f"{GOOD}; start 2; pass 2 Source frontend@b; pass 2 Build; pass 2 Release"
BY_ITSELF = flow(
    *LINE.stages[:2],
    stage("Release", action("deploy", reads="site"), failing="ROLLBACK"),
    stage("After", action("tell")),
)
UNABLE = "UnableToRollbackStageException"

ROWS = {
    # why not read the sources again: a rollback has the revisions of its target
    "R-ROLLBACK-01 it enters its stage at once": (f"{TWICE}; rollback 9 Release 1", "Source[] Build[] Release[9]", ""),
    # why not on to the end of the line: a rollback is of one stage
    "R-ROLLBACK-02 it ends with its stage": (f"{TWICE}; rollback 9 Build 1; pass 9 Build", "Source[] Build[] Release[]", "9 succeeded"),
    # why not wait for the way: closing it first and going back then is what people do in an emergency
    "R-ROLLBACK-03 a closed way does not stop it": (f"{TWICE}; close Release why; rollback 9 Release 1", "Source[] Build[] Release[9]", ""),
    # why not rest for ever: it failed like any other run, and can be retried
    "R-ROLLBACK-04 one that fails can be retried": (f"{TWICE}; rollback 9 Release 1; fail 9 deploy; retry 9 Release", "Source[] Build[] Release[9]", "9 failed"),
    # why not stay inside: a stop is a stop
    "R-ROLLBACK-05 one can be stopped": (f"{TWICE}; rollback 9 Release 1; abandon 9", "Source[] Build[] Release[]", "9 stopped"),
}  # fmt: skip


@pytest.mark.parametrize(("script", "places", "ends"), ROWS.values(), ids=ROWS)
def test_who_is_where(script, places, ends):
    bench = Bench().play(script)
    shown = bench.ends.removeprefix("1 succeeded, 2 succeeded").removeprefix(", ")
    assert (bench.refused, bench.places, shown) == (None, places, ends)


REFUSED = {
    # why not guess
    "R-ROLLBACK-06 a stage that is not declared": (f"{GOOD}; rollback 9 Relaese 1", "StageNotFoundException"),
    # why not: sources give revisions, they do not take them back
    "R-ROLLBACK-07 the stage of the sources": (f"{GOOD}; rollback 9 Source 1", UNABLE),
    # why not: two would work at the same site
    "R-ROLLBACK-08 a stage in progress": (f"{TWICE}; start 3; pass 3 Source; rollback 9 Build 1", UNABLE),
    # why not: nobody knows what it had
    "R-ROLLBACK-09 to a run that never was": (f"{GOOD}; rollback 9 Release 8", "PipelineExecutionNotFoundException"),
    # why not: it never did what is to be done again
    "R-ROLLBACK-10 to a run that failed there": (f"{GOOD}; start 2; pass 2 Source; pass 2 Build; fail 2 deploy; rollback 9 Release 2", UNABLE),
    # why not: AWS wants the run that it went back to
    "R-ROLLBACK-11 to a rollback": (f"{TWICE}; rollback 8 Release 1; pass 8 Release; rollback 9 Release 8", UNABLE),
}  # fmt: skip


@pytest.mark.parametrize(("script", "code"), REFUSED.values(), ids=REFUSED)
def test_what_is_refused(script, code):
    bench = Bench().play(script)
    assert bench.refused is not None
    assert bench.refused.code == code
    assert run_id("9") not in bench.state.runs


def test_it_has_the_revisions_variables_and_artifacts_of_its_target_r_rollback_12():
    bench = Bench().play(f"{TWICE}; rollback 9 Release 1")
    run = bench.state.runs[run_id("9")]
    assert run.bill is not None
    assert run.bill.of("frontend") == revision("frontend", "a")
    assert bench.command("9", "deploy").inputs == (made("site", "run-1 1"),)
    assert (run.target, run.is_rollback) == (run_id("1"), True)


def test_it_says_what_it_is_who_asked_and_where_it_goes_r_rollback_13():
    bench = Bench().play(f"{TWICE}; rollback 9 Release 1")
    started = bench.told(f.RunStarted)[-1]
    assert (started.execution_type, started.target) == ("ROLLBACK", run_id("1"))
    assert (started.trigger, started.detail, started.automatic) == ("ManualRollback", "ann", False)
    assert started.cause == "Release goes back to run run-1, by hand"


def test_the_mark_and_the_newest_heads_stay_as_they_are_r_rollback_14():
    """Why not take the mark along: a rollback reads nothing new."""
    bench = Bench().play(f"{TWICE}; want news; rollback 9 Release 1; pass 9 Release")
    assert bench.state.wanted == "news"
    assert bench.state.newest == run_id("2")
    bench.play("begin 3 frontend@b")
    assert bench.told(f.StartDropped)[-1].carried_by == run_id("2")


def test_the_run_that_rested_there_can_no_longer_be_retried_r_rollback_15():
    bench = Bench().play(
        f"{GOOD}; start 2; pass 2 Source; pass 2 Build; fail 2 deploy; rollback 9 Release 1; pass 9 Release; retry 2 Release"
    )
    assert bench.refused is not None
    assert bench.refused.code == "NotLatestPipelineExecutionException"


def automatic(bench: Bench) -> f.RunStarted | None:
    found = [fact for fact in bench.told(f.RunStarted) if fact.execution_type == "ROLLBACK"]
    return found[-1] if found else None


FAILS = f"{GOOD}; pass 1 After; start 2; pass 2 Source; pass 2 Build; fail 2 deploy"


def test_a_failed_stage_goes_back_to_what_last_succeeded_in_it_r_rollback_16():
    bench = Bench(BY_ITSELF).play(FAILS)
    started = automatic(bench)
    assert started is not None
    assert (started.target, started.trigger, started.detail) == (run_id("1"), "AutomatedRollback", "run-2")
    assert started.run == derived_id(run_id("2"), "rollback", "Release", "3")
    assert bench.ends == "1 succeeded, 2 failed"
    assert bench.places.endswith(f"Release[{started.run}] After[]")


def test_nothing_happens_when_nothing_has_succeeded_there_r_rollback_17():
    bench = Bench(BY_ITSELF).play("start 1; pass 1 Source; pass 1 Build; fail 1 deploy")
    assert automatic(bench) is None
    assert bench.ends == "1 failed"


def test_nothing_happens_after_an_update_until_a_run_has_succeeded_again_r_rollback_18():
    bench = Bench(BY_ITSELF).play(
        f"{GOOD}; pass 1 After; update; start 2; pass 2 Source; pass 2 Build; fail 2 deploy"
    )
    assert automatic(bench) is None


def test_a_rollback_that_fails_is_not_rolled_back_r_rollback_19():
    bench = Bench(BY_ITSELF).play(FAILS)
    first = automatic(bench)
    assert first is not None
    bench.report_for(next(c for c in bench.due() if c.key.run == first.run), BROKEN)
    assert automatic(bench) is first
    assert bench.places == "Source[] Build[] Release[] After[]"


def test_it_takes_the_lock_before_those_that_wait_r_rollback_20():
    bench = Bench(BY_ITSELF).play(
        f"{GOOD}; pass 1 After; start 2; pass 2 Source; pass 2 Build; start 3; pass 3 Source; pass 3 Build; fail 2 deploy"
    )
    started = automatic(bench)
    assert started is not None
    assert bench.places.endswith(f"Release[{started.run}<3] After[]")


def test_after_a_rollback_what_it_went_back_to_is_the_success_that_counts_r_rollback_21():
    """Why not the newest that ever succeeded: it is what somebody went back from."""
    bench = Bench(BY_ITSELF).play(
        f"{GOOD}; pass 1 After; start 2; pass 2 Source; pass 2 Build; pass 2 Release; pass 2 After;"
        "rollback 9 Release 1; pass 9 Release; start 3; pass 3 Source; pass 3 Build; fail 3 deploy"
    )
    started = automatic(bench)
    assert started is not None
    assert started.target == run_id("1")


def test_an_outdated_run_that_fails_goes_back_to_nothing_r_rollback_22():
    bench = Bench(BY_ITSELF).play(
        f"{GOOD}; pass 1 After; start 2; pass 2 Source; pass 2 Build; update; fail 2 deploy"
    )
    assert automatic(bench) is None
    assert bench.ends == "1 succeeded, 2 cancelled"


def test_a_stopped_run_goes_back_to_nothing_r_rollback_23():
    bench = Bench(BY_ITSELF).play(
        f"{GOOD}; pass 1 After; start 2; pass 2 Source; pass 2 Build; stop 2; fail 2 deploy"
    )
    assert automatic(bench) is None


def test_no_condition_stands_in_a_way_back_r_rollback_24():
    """Why not: a deployment window must not keep a broken release on the page."""
    line = flow(
        *LINE.stages[:2], stage("Release", action("deploy"), before=gate("FAIL", rule("window")), after=gate("ROLLBACK", rule("alarm")))
    )  # fmt: skip
    bench = Bench(line).play("start 1; pass 1 Source; pass 1 Build; pass 1 Release; rollback 9 Release 1")
    assert bench.at_work == "9:deploy/1"
    bench.play("ok 9 deploy")
    assert bench.ends == "1 succeeded, 9 succeeded"


def test_output_variables_of_earlier_stages_are_those_of_the_target_r_rollback_25():
    line = flow(
        stage("Source", source("frontend")),
        stage("Build", action("compile", "Build", namespace="build")),
        stage("Release", action("deploy", configuration={"From": "#{build.Attempt}"})),
    )
    bench = Bench(line).play(
        "start 1; pass 1 Source; fail 1 compile; retry 1 Build; ok 1 compile; ok 1 deploy; rollback 9 Release 1"
    )
    assert bench.command("9", "deploy").configuration == {"From": "2"}


def test_a_refusal_in_parallel_mode_names_the_mode():
    """Why not "it did not succeed": it did, and trying another run would be refused as well."""
    free = flow(*LINE.stages, execution_mode="PARALLEL")
    bench = Bench(free).play(f"{GOOD}; rollback 9 Release 1")
    assert bench.refused is not None
    assert bench.refused.message == "runs in PARALLEL mode cannot be rolled back"

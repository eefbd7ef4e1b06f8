"""Ending a run: by waiting for it, by abandoning it, and when there is nothing to end."""

import pytest

from laststop.words import facts_pipeline as f
from unit.pipeline.bench import Bench, lines

AT_WORK = "start 1; pass 1 Source; pass 1 Build; ok 1 deploy"

ROWS = {
    # why not stopped yet: purge and announce are at work, and are waited for
    "R-STOP-01 a stop waits for what is at work": (f"{AT_WORK}; stop 1", "1:purge/1 1:announce/1", ""),
    # why not free the lock after purge: the stage unlocks when the last action has ended
    "R-STOP-02 a stop waits for all of it": (f"{AT_WORK}; stop 1; ok 1 purge", "1:announce/1", ""),
    # why not verify: nothing further starts
    "R-STOP-03 nothing starts after a stop": (
        f"{AT_WORK}; stop 1; ok 1 purge; ok 1 announce",
        "",
        "1 stopped",
    ),
    # why not failed: whoever asked for the stop is told that it came
    "R-STOP-04 a failure on the way to a stop is a stop": (
        f"{AT_WORK}; stop 1; ok 1 purge; fail 1 announce",
        "",
        "1 stopped",
    ),
    # why not go on to Build: also the last action of a stage is followed by nothing
    "R-STOP-05 a stop holds also where a stage would have ended": (
        "start 1; stop 1; pass 1 Source",
        "",
        "1 stopped",
    ),
    # why not wait: that is what abandoning means; what still works reports to nobody
    "R-STOP-06 an abandoned run ends at once": (f"{AT_WORK}; abandon 1", "", "1 stopped"),
    # why not refuse: waiting may be turned into abandoning, not the other way round
    "R-STOP-07 a stop that waits can be turned into one that does not": (
        f"{AT_WORK}; stop 1; abandon 1",
        "",
        "1 stopped",
    ),
    # why not Stopping: nothing of it is in progress
    "R-STOP-08 a waiting run stops at once": (
        "close Build frozen; start 1; pass 1 Source; stop 1",
        "",
        "1 stopped",
    ),
    # why not wait for its token: a job that goes on is still in progress
    "R-STOP-09 a job that goes on is waited for": (
        f"{AT_WORK}; stop 1; ok 1 announce; more 1 purge",
        "1:purge/1",
        "",
    ),
}


@pytest.mark.parametrize(("script", "at_work", "ends"), ROWS.values(), ids=ROWS)
def test_what_a_stop_leaves_at_work(script, at_work, ends):
    bench = Bench().play(script)
    assert (bench.refused, bench.at_work, bench.ends) == (None, at_work, ends)


NOT_STOPPABLE = "PipelineExecutionNotStoppableException"
REFUSED = {
    # why not accept it again: CodePipeline calls it a duplicate, so that its sender notices
    "R-STOP-10 a second stop that waits": (f"{AT_WORK}; stop 1; stop 1", "DuplicatedStopRequestException"),
    # why not an answer of its own: CodePipeline has none
    "R-STOP-11 a run nobody knows": ("stop 9", NOT_STOPPABLE),
    # why not: it is over
    "R-STOP-12 a run that has succeeded": (
        "start 1; pass 1 Source; pass 1 Build; pass 1 Release; stop 1",
        NOT_STOPPABLE,
    ),
    # why not: it rests; there is nothing to stop
    "R-STOP-13 a run that has failed": ("start 1; pass 1 Source; fail 1 compile; stop 1", NOT_STOPPABLE),
    # why not: it is over, until somebody retries it
    "R-STOP-14 a run that has stopped": (f"{AT_WORK}; abandon 1; stop 1", NOT_STOPPABLE),
    # why not: the first one ended it at once
    "R-STOP-15 a run that was abandoned": (f"{AT_WORK}; abandon 1; abandon 1", NOT_STOPPABLE),
    # why not: it is over for good
    "R-STOP-16 a superseded run": ("start 1; start 2; start 3; stop 2", NOT_STOPPABLE),
}


@pytest.mark.parametrize(("script", "code"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_stopped(script, code):
    bench = Bench().play(script)
    assert bench.refused is not None
    assert bench.refused.code == code


def test_a_stopped_run_gives_its_lock_to_the_one_that_waits_r_stop_17():
    bench = Bench().play("start 1; start 2; abandon 1")
    assert bench.places == "Source[2] Build[] Release[]"
    assert bench.ends == "1 stopped"


def test_a_stop_keeps_its_reason_r_stop_18():
    bench = Bench().play(f"{AT_WORK}; stop 1 wrong branch")
    (stopping,) = bench.told(f.RunStopping)
    assert (stopping.abandon, stopping.reason) == (False, "wrong branch")


def test_what_an_abandoned_action_reports_later_is_kept_and_changes_nothing():
    bench = Bench().play(AT_WORK)
    late = bench.command("1", "purge")
    bench.play("abandon 1")
    before = bench.state
    bench.report_for(late)
    assert bench.state == before
    (ignored,) = bench.told(f.ReportIgnored)
    assert ignored.reason == "the action is Abandoned (attempt 1)"


def test_a_retried_run_can_be_stopped_again():
    bench = Bench().play(f"{AT_WORK}; abandon 1; retry 1 Release; stop 1")
    assert bench.refused is None
    bench.play("ok 1 purge; ok 1 announce")
    assert bench.ends == "1 stopped, 1 stopped"


def test_a_reason_has_its_bound_r_stop_19():
    bench = Bench().play(f"start 1; stop 1 {'x' * 201}")
    assert bench.refused is not None
    assert bench.refused.code == "ValidationException"
    bench.play(f"stop 1 {'x' * 200}")
    assert bench.refused is None


def test_the_end_of_a_run_follows_that_of_its_stage_at_once():
    """Also where two end in one decision: whoever reads along never meets a run that is nowhere."""
    bench = Bench().play("start 1; pass 1 Source; start 2; stop 1; stop 2")
    bench.facts.clear()
    bench.play("after 3000")
    ends = [line for line in lines(bench.facts) if "stopped" in line]
    assert ends == ["stage.stopped 1 Build", "run.stopped 1", "stage.stopped 2 Source", "run.stopped 2"]

"""Going on after a failure: by hand, and the one time by itself."""

import pytest

from laststop.words import facts_pipeline as f
from unit.pipeline.bench import LINE, Bench, action, flow, gate, made, rule, run_id, source, stage

IN_GROUP_TWO = "start 1; pass 1 Source; pass 1 Build; ok 1 deploy"
FAILED = f"{IN_GROUP_TWO}; fail 1 purge; ok 1 announce"

ROWS = {
    # why not announce again: what succeeded is kept
    "R-RETRY-01 failed actions are tried again, and only they": (f"{FAILED}; retry 1 Release", "1:purge/2"),
    # why not purge alone: all means from the first group on, whatever had succeeded
    "R-RETRY-02 all actions begin again with the first group": (
        f"{FAILED}; retry 1 Release ALL",
        "1:deploy/2",
    ),
    # why not stop after purge: a retried stage goes on where it would have gone
    "R-RETRY-03 the groups behind follow": (f"{FAILED}; retry 1 Release; ok 1 purge", "1:verify/1"),
    # why not refuse the third: retries by hand are not counted
    "R-RETRY-04 each retry raises the attempt": (
        f"{FAILED}; retry 1 Release; fail 1 purge; retry 1 Release; fail 1 purge; retry 1 Release",
        "1:purge/4",
    ),
    # why not attempt 1: an attempt's number is its key, and old attempts stay in the history
    "R-RETRY-05 attempts rise also when all begin again": (
        f"{FAILED}; retry 1 Release ALL; ok 1 deploy",
        "1:purge/2 1:announce/2",
    ),
    # why not wait for announce: failed actions may be retried while siblings are at work
    "R-RETRY-06 a failed action is retried beside its sibling": (
        f"{IN_GROUP_TWO}; fail 1 purge; retry 1 Release",
        "1:purge/2 1:announce/1",
    ),
    # why not start verify with it: the group is still open
    "R-RETRY-07 a retry beside siblings starts nothing else": (
        f"{IN_GROUP_TWO}; fail 1 purge; retry 1 Release; ok 1 purge",
        "1:announce/1",
    ),
    # why not purge again: it succeeded while the stop waited for it
    "R-RETRY-08 a stopped run goes on where it stopped": (
        f"{IN_GROUP_TWO}; stop 1; ok 1 purge; fail 1 announce; retry 1 Release",
        "1:announce/2",
    ),
    # why not trust what it did: nobody waited for its result, so nobody knows it
    "R-RETRY-09 an abandoned action is tried again": (
        f"{IN_GROUP_TWO}; abandon 1; retry 1 Release",
        "1:purge/2 1:announce/2",
    ),
    # why not stop again: the stop was obeyed; the retry takes it back
    "R-RETRY-10 a stopped run whose group had succeeded goes on with the next": (
        f"{IN_GROUP_TWO}; stop 1; ok 1 purge; ok 1 announce; retry 1 Release",
        "1:verify/1",
    ),
}


@pytest.mark.parametrize(("script", "at_work"), ROWS.values(), ids=ROWS)
def test_what_a_retry_starts(script, at_work):
    bench = Bench().play(script)
    assert (bench.refused, bench.at_work) == (None, at_work)


NOT_LATEST = "NotLatestPipelineExecutionException"
NOT_RETRYABLE = "StageNotRetryableException"

REFUSED = {
    # why not guess: a typing mistake must not retry another stage
    "R-RETRY-11 a stage that is not declared": (
        f"{FAILED}; retry 1 Relaese",
        "StageNotFoundException",
        "'Relaese'",
    ),
    # why not: the lock, and with it the right to a retry, went to 2
    "R-RETRY-12 a stage that a newer run has entered": (
        "start 1; pass 1 Source; fail 1 compile; start 2; pass 2 Source; retry 1 Build",
        NOT_LATEST,
        "run-1 is not the latest",
    ),
    # why not: it never entered Build, so there is nothing to try again
    "R-RETRY-13 a run that was stopped while it waited": (
        "start 1; pass 1 Source; start 2; pass 2 Source; stop 2; retry 2 Build",
        NOT_LATEST,
        "run-2",
    ),
    # why not: it never got in, and its place is taken for good
    "R-RETRY-14 a superseded run": (
        "start 1; start 2; start 3; retry 2 Source",
        NOT_LATEST,
        "run-2",
    ),
    # why not call it outdated: no newer run is in the way
    "R-RETRY-15 a stage that nobody has entered": ("retry 1 Build", NOT_RETRYABLE, "never was"),
    # why not let it in: the way is closed, and a retry is no way around that
    "R-RETRY-16 a run that waits before a stage nobody has entered": (
        "close Build frozen; start 1; pass 1 Source; retry 1 Build",
        NOT_RETRYABLE,
        "it waits there",
    ),
    # why not: it failed in Release; Source succeeded
    "R-RETRY-17 a stage the run has passed": (f"{FAILED}; retry 1 Source", NOT_RETRYABLE, "it is at Release"),
    # why not: everything of it succeeded
    "R-RETRY-18 a run that has succeeded": (
        "start 1; pass 1 Source; pass 1 Build; pass 1 Release; retry 1 Release",
        NOT_RETRYABLE,
        "it has ended",
    ),
    # why not begin again: its actions are at work and none has failed
    "R-RETRY-19 a run that is under way": (
        "start 1; retry 1 Source",
        NOT_RETRYABLE,
        "no action of it has failed",
    ),
    # why not: the retry already runs
    "R-RETRY-20 a second retry": (f"{FAILED}; retry 1 Release; retry 1 Release", NOT_RETRYABLE, "no action"),
    # why not: everything would begin again under the feet of announce
    "R-RETRY-21 all actions beside one at work": (
        f"{IN_GROUP_TWO}; fail 1 purge; retry 1 Release ALL",
        NOT_RETRYABLE,
        "actions are in progress",
    ),
    # why not: two wishes would pull at one run; stopped runs can be retried
    "R-RETRY-22 a run that is being stopped": (
        f"{IN_GROUP_TWO}; fail 1 purge; stop 1; retry 1 Release",
        NOT_RETRYABLE,
        "it is being stopped",
    ),
}


@pytest.mark.parametrize(("script", "code", "why"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_retried_and_why(script, code, why):
    bench = Bench().play(script)
    assert bench.refused is not None
    assert bench.refused.code == code
    assert why in bench.refused.message


def test_a_refused_retry_changes_nothing():
    bench = Bench().play(FAILED)
    before = bench.state
    bench.play("retry 1 Build")
    assert bench.state is before


def test_a_stage_cannot_be_retried_once_the_declaration_has_changed():
    bench = Bench().play(FAILED)
    bench.ask_changed()
    bench.play("retry 1 Release")
    assert bench.refused is not None
    assert bench.refused.code == NOT_RETRYABLE


def test_a_retried_run_takes_its_lock_back_before_the_one_that_waits_r_retry_30():
    bench = Bench().play("start 1; pass 1 Source; close Build why; fail 1 compile; start 2; pass 2 Source")
    bench.play("retry 1 Build; open Build")
    assert bench.places == "Source[] Build[1<2] Release[]"


def test_a_retry_overwrites_what_the_attempt_before_made_and_keeps_the_rest_r_retry_31():
    line = flow(
        stage("Source", source("frontend")),
        stage(
            "Build",
            action("pages", "Build", makes="pages"),
            action("index", "Build", makes="index"),
            action("join", run_order=2, reads="pages index"),
        ),
    )
    script = "start 1; pass 1 Source; ok 1 pages; fail 1 index; retry 1 Build; ok 1 index"
    bench = Bench(line).play(script)
    assert bench.command("1", "join").inputs == (made("pages", "run-1 1"), made("index", "run-1 2"))
    bench.play("fail 1 join; retry 1 Build ALL; ok 1 pages; ok 1 index")
    assert bench.command("1", "join").inputs == (made("pages", "run-1 2"), made("index", "run-1 3"))


def retrying(mode: str):
    release = LINE.stages[2]
    return flow(*LINE.stages[:2], stage("Release", *release.actions, retries=mode))


AUTOMATIC = {
    # why not a third time: the automatic retry comes exactly once per run and stage
    "R-RETRY-23 failed actions, once": ("FAILED_ACTIONS", "fail 1 purge; ok 1 announce", "1:purge/2", ""),
    # why not purge: this stage begins again from its first group
    "R-RETRY-24 all actions, once": ("ALL_ACTIONS", "fail 1 purge; ok 1 announce", "1:deploy/2", ""),
    # why not at once: the stage has failed only when its siblings have ended
    "R-RETRY-25 not before the siblings have ended": ("FAILED_ACTIONS", "fail 1 purge", "1:announce/1", ""),
    # why not again: once was once
    "R-RETRY-26 the second failure ends the run": (
        "FAILED_ACTIONS",
        "fail 1 purge; ok 1 announce; fail 1 purge",
        "",
        "1 failed",
    ),
    # why not once more by itself: it was used up, and a person's retry does not refill it
    "R-RETRY-27 a retry by hand does not bring another automatic one": (
        "FAILED_ACTIONS",
        "fail 1 purge; ok 1 announce; fail 1 purge; retry 1 Release; fail 1 purge",
        "",
        "1 failed, 1 failed",
    ),
    # why not: somebody asked the run to stop
    "R-RETRY-28 never against a stop": (
        "FAILED_ACTIONS",
        "fail 1 purge; stop 1; ok 1 announce",
        "",
        "1 stopped",
    ),
}


@pytest.mark.parametrize(("mode", "script", "at_work", "ends"), AUTOMATIC.values(), ids=AUTOMATIC)
def test_what_an_automatic_retry_does(mode, script, at_work, ends):
    bench = Bench(retrying(mode)).play(f"{IN_GROUP_TWO}; {script}")
    assert (bench.at_work, bench.ends) == (at_work, ends)


def test_an_automatic_retry_lets_nobody_slip_into_the_stage_r_retry_32():
    bench = Bench(retrying("FAILED_ACTIONS")).play(IN_GROUP_TWO)
    bench.play("start 2; pass 2 Source; pass 2 Build; fail 1 purge; ok 1 announce")
    assert bench.places == "Source[] Build[] Release[1<2]"
    (retried,) = bench.told(f.StageRetried)
    assert retried.automatic


def test_every_run_has_its_own_automatic_retry_r_retry_33():
    once = "pass {0} Source; pass {0} Build; fail {0} deploy; fail {0} deploy"
    bench = Bench(retrying("FAILED_ACTIONS")).play(f"start 1; {once.format(1)}; start 2; {once.format(2)}")
    assert [fact.run for fact in bench.told(f.StageRetried)] == ["run-1", "run-2"]
    assert bench.ends == "1 failed, 2 failed"


def test_a_failure_without_a_mode_retries_the_failed_actions_r_retry_34():
    bare = flow(*LINE.stages[:2], stage("Release", *LINE.stages[2].actions, retries="bare"))
    bench = Bench(bare).play(f"{IN_GROUP_TWO}; fail 1 purge; ok 1 announce")
    assert bench.at_work == "1:purge/2"


def test_retries_are_counted_by_who_asked_r_retry_35():
    line = flow(
        stage("Source", source("frontend")), stage("Build", action("compile"), retries="FAILED_ACTIONS")
    )
    bench = Bench(line).play(
        "start 1; pass 1 Source; fail 1 compile; fail 1 compile; retry 1 Build; fail 1 compile"
    )
    counted = bench.state.runs[run_id("1")].retries["Build"]
    assert (counted.automatic, counted.manual) == (1, 1)
    assert [fact.automatic for fact in bench.told(f.StageRetried)] == [True, False]


def test_the_sources_too_have_their_one_automatic_retry_r_retry_36():
    line = flow(
        stage("Source", source("frontend"), retries="FAILED_ACTIONS"), stage("Build", action("compile"))
    )
    bench = Bench(line).play("start 1; fail 1 frontend")
    assert bench.at_work == "1:frontend/2"
    bench.play("ok 1 frontend")
    assert bench.places == "Source[] Build[1]"


GATES = flow(
    stage("Source", source("frontend")),
    stage(
        "Build",
        action("compile"),
        action("lint"),
        before=gate("FAIL", rule("open")),
        failing=gate("ROLLBACK", rule("bad")),
    ),
)
LET_IN = "start 1; pass 1 Source; ok 1 beforeEntry:open; fail 1 compile"


def test_a_condition_that_was_examined_stands_in_no_way():
    bench = Bench(GATES).play(f"{LET_IN}; retry 1 Build")
    assert (bench.refused, bench.at_work) == (None, "1:compile/2 1:lint/1")


def test_while_a_condition_is_examined_nothing_is_retried():
    """Why not: what it decides on would change under it."""
    bench = Bench(GATES).play(f"{LET_IN}; ok 1 lint; retry 1 Build")
    assert bench.refused is not None
    assert bench.refused.code == NOT_RETRYABLE
    assert bench.refused.message.endswith("its condition is being examined")
    assert bench.at_work == "1:onFailure:bad/1"

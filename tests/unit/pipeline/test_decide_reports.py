"""What comes back from the providers: ends, continuations, silence, and what nobody waits for."""

from datetime import timedelta

import pytest

from laststop.errors import InvariantError
from laststop.pipeline.draft import Draft
from laststop.pipeline.inputs import Continued, Report, Succeeded
from laststop.pipeline.state import State
from laststop.words import facts_pipeline as f
from laststop.words.failure import Failure
from laststop.words.ids import AttemptKey
from unit.pipeline.bench import BROKEN, LINE, MORNING, Bench, action, flow, run_id, source, stage

DEPLOYING = "start 1; pass 1 Source; pass 1 Build"


def test_a_success_keeps_what_the_provider_said():
    bench = Bench().play(DEPLOYING)
    good = Succeeded(variables={"Release": "r-1"}, summary="3 files", external_id="job-9")
    bench.report_for(bench.command("1", "deploy"), good)
    told = bench.told(f.ActionSucceeded)[-1]
    assert (told.summary, told.external_id, told.variables) == ("3 files", "job-9", {"Release": "r-1"})


def test_a_failure_is_kept_as_it_was_told():
    bench = Bench().play(f"{DEPLOYING}; fail 1 deploy")
    assert [fact.failure for fact in bench.told(f.ActionFailed)] == [BROKEN]


def test_a_job_that_goes_on_counts_up_and_hands_its_token_to_the_next_r_report_10():
    bench = Bench().play(f"{DEPLOYING}; after 15; more 1 deploy")
    command = bench.command("1", "deploy")
    assert (command.key.attempt, command.job, command.token) == (1, 1, "job 0 left this")
    bench.play("more 1 deploy")
    assert (bench.command("1", "deploy").job, bench.command("1", "deploy").token) == (2, "job 1 left this")


def test_each_job_has_its_own_time():
    bench = Bench().play(f"{DEPLOYING}; after 15; more 1 deploy; after 15")
    assert bench.command("1", "deploy").deadline_at == bench.now + timedelta(minutes=5)
    bench.play("after 5")
    assert bench.ends == "1 failed"


def test_a_new_attempt_knows_nothing_of_the_jobs_before():
    bench = Bench().play(f"{DEPLOYING}; more 1 deploy; fail 1 deploy; retry 1 Release")
    command = bench.command("1", "deploy")
    assert (command.key.attempt, command.job, command.token) == (2, 0, "")


def late(bench: Bench, *, attempt: int = 1, job: int = 0, run: str = "1", name: str = "deploy") -> Report:
    key = AttemptKey(run=run_id(run), stage="Release", action=name, attempt=attempt)
    return Report(key=key, job=job, outcome=BROKEN)


IGNORED = {
    # why not fail the action: the job before ended with its token, and only the newest speaks for it
    "R-REPORT-01 an older job": (f"{DEPLOYING}; more 1 deploy", {}, "it is of job 0, and job 1 is running"),
    # why not believe it: no command carries that number, so no provider of ours can have ended it
    "R-REPORT-02 a job that was never begun": (DEPLOYING, {"job": 4}, "it is of job 4, and job 0 is running"),
    # why not fail the second attempt: the first one's end is known already
    "R-REPORT-03 an older attempt": (
        f"{DEPLOYING}; fail 1 deploy; retry 1 Release",
        {},
        "the action is InProgress (attempt 2)",
    ),
    # why not: no retry has made it yet
    "R-REPORT-04 an attempt that comes later": (
        DEPLOYING,
        {"attempt": 7},
        "the action is InProgress (attempt 1)",
    ),
    # why not take it back: an end is an end
    "R-REPORT-05 a success taken back": (
        f"{DEPLOYING}; ok 1 deploy",
        {},
        "the action is Succeeded (attempt 1)",
    ),
    # why not start it: what is at work is decided here and nowhere else
    "R-REPORT-06 an action that was not started": (
        DEPLOYING,
        {"name": "verify"},
        "the action was never started",
    ),
    # why not fail: a lying peer must not end the engine
    "R-REPORT-07 a run nobody knows": (DEPLOYING, {"run": "9"}, "the run has ended, or never was"),
    # why not tell more: ended runs have left the state
    "R-REPORT-08 a run that has ended": (
        f"{DEPLOYING}; pass 1 Release",
        {},
        "the run has ended, or never was",
    ),
}


@pytest.mark.parametrize(("script", "changed", "reason"), IGNORED.values(), ids=IGNORED)
def test_a_report_nobody_waits_for_is_recorded_and_ignored(script, changed, reason):
    bench = Bench().play(script)
    before, at_work = bench.state, bench.at_work
    bench.facts.clear()
    bench.ask(late(bench, **changed))
    assert [type(fact) for fact in bench.facts] == [f.ReportIgnored]
    assert bench.told(f.ReportIgnored)[0].reason == reason
    assert (bench.state, bench.at_work) == (before, at_work)


def test_the_same_report_twice_counts_once_r_report_09():
    bench = Bench().play(DEPLOYING)
    deploy = bench.command("1", "deploy")
    bench.report_for(deploy)
    bench.report_for(deploy)
    assert bench.at_work == "1:purge/1 1:announce/1"
    assert len(bench.told(f.ReportIgnored)) == 1


def test_a_continuation_of_an_ended_attempt_does_not_revive_it():
    bench = Bench().play(DEPLOYING)
    deploy = bench.command("1", "deploy")
    bench.play("ok 1 deploy")
    bench.report_for(deploy, Continued(token="go on"))
    assert bench.at_work == "1:purge/1 1:announce/1"


def test_what_is_ignored_moves_the_clock_so_that_no_later_fact_is_earlier():
    bench = Bench().play("start 1; after 5")
    bench.ask(late(bench, run="9"))
    bench.now = MORNING
    bench.play("start 2")
    instants = [fact.at for fact in bench.facts]
    assert instants == sorted(instants)


def test_a_clock_that_was_set_back_makes_no_fact_earlier_than_the_one_before():
    bench = Bench().play("after 60; start 1; after -90; ok 1 frontend")
    assert bench.facts[-1].at == MORNING + timedelta(minutes=60)


def test_silence_until_the_deadline_fails_the_attempt_r_report_11():
    bench = Bench().play(f"{DEPLOYING}; after 19")
    assert bench.at_work == "1:deploy/1"
    bench.play("after 1")
    (failed,) = bench.told(f.ActionFailed)
    assert failed.failure == Failure(code="JobFailed", message="no result after 20 minutes")
    assert bench.ends == "1 failed"


def test_only_those_whose_time_is_over_fail():
    line = flow(
        stage("Source", source("frontend")),
        stage("Gate", action("quick", "Approval", timeout_in_minutes=5), action("slow", "Approval")),
    )
    bench = Bench(line).play("start 1; pass 1 Source; after 6")
    assert [
        name for name, a in bench.state.runs[run_id("1")].in_stage("Gate").items() if a.status == "Failed"
    ] == ["quick"]
    assert bench.ends == ""


def test_a_report_after_the_deadline_was_decided_comes_too_late():
    bench = Bench().play(DEPLOYING)
    deploy = bench.command("1", "deploy")
    bench.play("after 30")
    bench.report_for(deploy)
    assert bench.ends == "1 failed"


def test_a_report_before_anybody_looked_at_the_clock_is_in_time_r_report_12():
    bench = Bench().play(DEPLOYING)
    bench.now += timedelta(minutes=30)
    bench.play("ok 1 deploy")
    assert bench.at_work == "1:purge/1 1:announce/1"


def test_time_that_passes_without_anything_due_tells_nothing():
    bench = Bench().play("after 600")
    assert bench.facts == []


def test_a_rule_that_meets_an_action_without_declaration_is_our_bug():
    draft = Draft(Bench(LINE).play("start 1").state, MORNING)
    key = AttemptKey(run=run_id("1"), stage="Release", action="nothing", attempt=1)
    with pytest.raises(InvariantError, match="not declared"):
        draft.declared(key)
    with pytest.raises(InvariantError, match="does not have"):
        draft.declared(AttemptKey(run=run_id("1"), stage="Nowhere", action="deploy", attempt=1))


def test_a_rule_that_runs_before_there_is_a_declaration_is_our_bug():
    with pytest.raises(InvariantError, match="before the pipeline was declared"):
        _ = Draft(State(pipeline="flow"), MORNING).declaration

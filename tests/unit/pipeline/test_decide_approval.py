"""A person's answer: asked for by a token, given once, awaited for a week."""

import pytest

from laststop.pipeline.due import due, next_deadline
from laststop.pipeline.inputs import Approve
from laststop.words import facts_pipeline as f
from laststop.words.ids import AttemptKey
from unit.pipeline.bench import MORNING, Bench, action, flow, run_id, source, stage

LINE = flow(
    stage("Source", source("frontend")),
    stage("Release", action("sign", "Approval"), action("deploy", run_order=2)),
)
WAITS = "start 1; pass 1 Source"


def token(attempt: int = 1, run: str = "1") -> str:
    return AttemptKey(run=run_id(run), stage="Release", action="sign", attempt=attempt).id


def test_it_is_nobodys_command_and_has_its_deadline_r_approval_01():
    bench = Bench(LINE).play(WAITS)
    assert due(bench.state) == ()
    deadline = next_deadline(bench.state)
    assert deadline is not None
    assert (deadline - MORNING).days == 7


def test_approved_lets_the_run_go_on_r_approval_02():
    bench = Bench(LINE).play(f"{WAITS}; approve 1 sign looks fine")
    assert bench.at_work == "1:deploy/1"
    (ended,) = [fact for fact in bench.told(f.ActionSucceeded) if fact.action == "sign"]
    assert (ended.summary, ended.by, ended.variables) == ("looks fine", "ann", {})


def test_rejected_fails_the_run_and_says_why_and_who_r_approval_03():
    bench = Bench(LINE).play(f"{WAITS}; reject 1 sign not on a friday")
    (failed,) = bench.told(f.ActionFailed)
    assert (failed.failure.code, failed.by) == ("JobFailed", "ann")
    assert failed.failure.message == "rejected by ann: not on a friday"
    assert bench.ends == "1 failed"


def test_a_rejection_without_a_word_is_one():
    bench = Bench(LINE).play(WAITS)
    bench.ask(Approve(stage="Release", action="sign", token=token(), approved=False))
    assert bench.told(f.ActionFailed)[0].failure.message == "rejected"


def test_silence_for_a_week_fails_it_r_approval_04():
    bench = Bench(LINE).play(f"{WAITS}; days 6")
    assert bench.ends == ""
    bench.play("days 1")
    assert bench.told(f.ActionFailed)[0].failure.message == "no answer after 10080 minutes"
    assert bench.ends == "1 failed"


def test_its_own_bound_counts_where_it_has_one_r_approval_05():
    line = flow(LINE.stages[0], stage("Release", action("sign", "Approval", timeout_in_minutes=5)))
    bench = Bench(line).play(f"{WAITS}; after 4")
    assert bench.ends == ""
    bench.play("after 1")
    assert bench.ends == "1 failed"


def test_a_retry_asks_again_under_another_token_r_approval_06():
    bench = Bench(LINE).play(f"{WAITS}; reject 1 sign; retry 1 Release")
    bench.ask(Approve(stage="Release", action="sign", token=token(1), approved=True))
    assert bench.refused is not None
    assert bench.refused.code == "InvalidApprovalTokenException"
    bench.ask(Approve(stage="Release", action="sign", token=token(2), approved=True))
    assert bench.at_work == "1:deploy/1"


REFUSED = {
    # why not guess
    "R-APPROVAL-07 a stage that is not declared": (WAITS, "Relaese", "sign", token(), "StageNotFoundException"),
    # why not guess
    "R-APPROVAL-08 an action that is not declared": (WAITS, "Release", "sgin", token(), "ActionNotFoundException"),
    # why not: somebody answers something else
    "R-APPROVAL-09 a token that nobody gave out": (WAITS, "Release", "sign", "t", "InvalidApprovalTokenException"),
    # why not: the first answer counts
    "R-APPROVAL-10 a second answer": (f"{WAITS}; approve 1 sign", "Release", "sign", token(), "ApprovalAlreadyCompletedException"),
    # why not: nobody waits any more
    "R-APPROVAL-11 an answer after the bound": (f"{WAITS}; days 8", "Release", "sign", token(), "ApprovalAlreadyCompletedException"),
    # why not: a token is of one action, and deploy asks nobody
    "R-APPROVAL-12 the token of another action": (f"{WAITS}; approve 1 sign", "Release", "deploy", token(), "InvalidApprovalTokenException"),
}  # fmt: skip


@pytest.mark.parametrize(("script", "where", "what", "shown", "code"), REFUSED.values(), ids=REFUSED)
def test_what_is_refused(script, where, what, shown, code):
    bench = Bench(LINE).play(script)
    before = bench.state
    bench.ask(Approve(stage=where, action=what, token=shown, approved=True))
    assert bench.refused is not None
    assert bench.refused.code == code
    assert bench.state is before


def test_a_summary_has_its_bound_r_approval_13():
    bench = Bench(LINE).play(WAITS)
    bench.ask(Approve(stage="Release", action="sign", token=token(), approved=True, summary="x" * 513))
    assert bench.refused is not None
    assert bench.refused.code == "ValidationException"
    bench.ask(Approve(stage="Release", action="sign", token=token(), approved=True, summary="x" * 512))
    assert bench.refused is None


def test_a_provider_cannot_answer_it_r_approval_14():
    bench = Bench(LINE).play(f"{WAITS}; approve 1 sign")
    command = bench.command("1", "deploy")
    key = AttemptKey(run=run_id("1"), stage="Release", action="sign", attempt=1)
    bench = Bench(LINE).play(WAITS)
    bench.report_for(type(command)(**{**as_fields(command), "key": key}))
    assert bench.told(f.ReportIgnored)[0].reason == "an approval is answered by a person"


def as_fields(command):
    return {name: getattr(command, name) for name in type(command).__struct_fields__}


def test_a_stop_waits_for_the_answer_like_for_any_action_r_approval_15():
    bench = Bench(LINE).play(f"{WAITS}; stop 1")
    assert bench.ends == ""
    bench.play("approve 1 sign")
    assert bench.ends == "1 stopped"


def test_an_abandoned_run_asks_nobody_any_more_r_approval_16():
    bench = Bench(LINE).play(f"{WAITS}; abandon 1")
    assert bench.ends == "1 stopped"
    bench.ask(Approve(stage="Release", action="sign", token=token(), approved=True))
    assert bench.refused is not None
    assert bench.refused.code == "ApprovalAlreadyCompletedException"


def test_each_parallel_run_is_asked_for_by_its_own_token_r_approval_17():
    line = flow(*LINE.stages, execution_mode="PARALLEL")
    bench = Bench(line).play("start 1; start 2; pass 1 Source; pass 2 Source")
    bench.ask(Approve(stage="Release", action="sign", token=token(run="2"), approved=True))
    assert bench.at_work == "2:deploy/1"


def test_a_waiting_approval_holds_its_stage_r_approval_18():
    bench = Bench(LINE).play(f"{WAITS}; start 2; pass 2 Source")
    assert bench.places == "Source[] Release[1<2]"

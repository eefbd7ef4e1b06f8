"""A pipeline that is updated while it runs."""

import msgspec
import pytest

from laststop.pipeline.inputs import Approve, Delete
from laststop.words import facts_pipeline as f
from laststop.words.ids import AttemptKey
from unit.pipeline.bench import LINE, Bench, action, flow, gate, rule, run_id, source, stage

INSIDE = "start 1; pass 1 Source; start 2; pass 2 Source; start 3; start 4"
SIGNED = flow(stage("Source", source("frontend")), stage("Release", action("sign", "Approval"), action("go")))
GATED = flow(
    stage("Source", source("frontend")), stage("Build", action("compile"), before=gate("FAIL", rule("open")))
)

ROWS = {
    # why not cancel 1 and 3: their actions are at work, and are let finish
    "R-UPDATE-01 who waits is cancelled at once, who is inside goes on": (
        f"{INSIDE}; update",
        "Source[3] Build[1] Release[]",
        "2 cancelled, 4 cancelled",
    ),
    # why not on to Release: the declaration it would go on by is no longer the pipeline's
    "R-UPDATE-02 who is inside is cancelled when its actions have ended": (
        f"{INSIDE}; update; ok 1 compile; ok 3 frontend; ok 3 routing",
        "Source[] Build[] Release[]",
        "2 cancelled, 4 cancelled, 1 cancelled, 3 cancelled",
    ),
    # why not failed: the update came first, and is why it ends
    "R-UPDATE-03 also when they fail": (
        "start 1; update; fail 1 frontend; ok 1 routing",
        "Source[] Build[] Release[]",
        "1 cancelled",
    ),
    # why not purge: nothing more of it begins
    "R-UPDATE-04 later groups do not begin": (
        "start 1; pass 1 Source; pass 1 Build; update; ok 1 deploy",
        "Source[] Build[] Release[]",
        "1 cancelled",
    ),
    # why not stopped: it could be retried then, by a declaration that is gone
    "R-UPDATE-05 a run that is being stopped is cancelled": (
        "start 1; stop 1; update; ok 1 frontend; ok 1 routing",
        "Source[] Build[] Release[]",
        "1 cancelled",
    ),
    # why not before: what it has in progress could still change something
    "R-UPDATE-06 a run of the new version waits behind it": (
        "start 1; pass 1 Source; update; start 2; pass 2 Source",
        "Source[] Build[1<2] Release[]",
        "",
    ),
    # why not both at once: the lock is the stage's
    "R-UPDATE-07 and enters when it has gone": (
        "start 1; pass 1 Source; update; start 2; pass 2 Source; ok 1 compile",
        "Source[] Build[2] Release[]",
        "1 cancelled",
    ),
    # why not twice: it is ending already
    "R-UPDATE-08 a second update changes nothing for it": (
        "start 1; pass 1 Source; update; update; ok 1 compile",
        "Source[] Build[] Release[]",
        "1 cancelled",
    ),
    # why not let it finish: somebody does not want to wait, and may say so
    "R-UPDATE-09 it can be abandoned": (
        "start 1; pass 1 Source; update; abandon 1",
        "Source[] Build[] Release[]",
        "1 cancelled",
    ),
}


@pytest.mark.parametrize(("script", "places", "ends"), ROWS.values(), ids=ROWS)
def test_who_is_where(script, places, ends):
    bench = Bench().play(script)
    assert (bench.refused, bench.places, bench.ends) == (None, places, ends)


REFUSED = {
    # why not: what rests there rests by another declaration
    "R-UPDATE-10 a retry of a run from before": (
        "start 1; pass 1 Source; fail 1 compile; update; retry 1 Build",
        "StageNotRetryableException",
    ),
    # why not: it is ending already
    "R-UPDATE-11 a retry beside siblings of a run from before": (
        "start 1; fail 1 frontend; update; retry 1 Source",
        "StageNotRetryableException",
    ),
    # why not: it ends by itself as soon as it can
    "R-UPDATE-12 a stop that would wait for the same": (
        "start 1; update; stop 1",
        "DuplicatedStopRequestException",
    ),
    # why not: its stage may be another one now
    "R-UPDATE-13 a rollback to a run from before": (
        "start 1; pass 1 Source; pass 1 Build; pass 1 Release; update; rollback 9 Release 1",
        "PipelineExecutionOutdatedException",
    ),
}


@pytest.mark.parametrize(("script", "code"), REFUSED.values(), ids=REFUSED)
def test_what_is_refused_after_an_update(script, code):
    bench = Bench().play(script)
    assert bench.refused is not None
    assert bench.refused.code == code


def test_what_waits_for_a_person_is_taken_back_r_update_14():
    """Why not wait for the answer: its token is out of date, so nobody could give it."""
    bench = Bench(SIGNED).play("start 1; pass 1 Source")
    token = AttemptKey(run=run_id("1"), stage="Release", action="sign", attempt=1).id
    bench.play("ok 1 go; update")
    assert bench.ends == "1 cancelled"
    bench.ask(Approve(stage="Release", action="sign", token=token, approved=True))
    assert bench.refused is not None
    assert bench.refused.code == "InvalidApprovalTokenException"
    assert bench.refused.message == (
        "The pipeline flow has been updated, and the approval request you responded to is now out of date."
    )


def test_its_siblings_finish_before_the_run_ends_r_update_15():
    bench = Bench(SIGNED).play("start 1; pass 1 Source; update")
    assert (bench.at_work, bench.ends) == ("1:go/1", "")
    bench.play("ok 1 go")
    assert bench.ends == "1 cancelled"


def test_a_condition_is_asked_no_longer_r_update_16():
    bench = Bench(GATED).play("start 1; pass 1 Source; update")
    assert (bench.at_work, bench.ends) == ("", "1 cancelled")
    assert [fact.status for fact in bench.facts if fact.kind == "condition.ended"] == ["Cancelled"]


def test_a_run_at_rest_is_forgotten_r_update_17():
    bench = Bench().play("start 1; pass 1 Source; fail 1 compile; update")
    assert (bench.ends, bench.state.runs) == ("1 failed", {})
    assert {stage.latest for stage in bench.state.stages.values()} == {None}


def test_one_fresh_run_is_asked_for_when_nothing_is_inside_any_more_r_update_18():
    """CodePipeline restarts nothing; that a changed declaration is built once is ours."""
    bench = Bench().play("start 1; update; begin 2 frontend@a")
    assert run_id("2") not in bench.state.runs
    bench.play("ok 1 frontend; ok 1 routing; begin 2 frontend@a")
    assert bench.told(f.RunStarted)[-1].pipeline_version == 2


def test_each_version_counts_one_up_r_update_19():
    bench = Bench().play("update; update")
    assert (bench.state.version, [x.version for x in bench.told(f.PipelineDeclared)]) == (3, [2, 3])


def test_a_declaration_is_kept_as_long_as_a_run_is_pinned_to_it_r_update_20():
    bench = Bench().play("start 1; update")
    assert bench.state.definitions == {1: LINE}
    bench.play("ok 1 frontend; ok 1 routing")
    assert bench.state.definitions == {}


def test_a_stage_that_is_no_longer_declared_leaves_with_its_run_r_update_21():
    bench = Bench().play("start 1; pass 1 Source")
    bench.pipeline_becomes(flow(LINE.stages[0], stage("Other", action("else"))))
    assert set(bench.state.stages) == {"Source", "Other", "Build"}
    bench.play("start 2; pass 2 Source")
    assert bench.places == "Source[] Other[2]"
    bench.play("ok 1 compile")
    assert set(bench.state.stages) == {"Source", "Other"}
    assert bench.ends == "1 cancelled"


def test_what_an_old_run_reads_late_is_not_taken_for_the_newest():
    line = msgspec.structs.replace(LINE, execution_mode="PARALLEL")
    bench = Bench(line).play("start 1; update; pass 1 Source frontend@a")
    assert bench.state.newest_bill is None
    bench.play("begin 2 frontend@a")
    assert run_id("2") in bench.state.runs


def test_an_update_with_nothing_under_way_leaves_no_old_declaration_behind():
    assert Bench().play("start 1; pass 1 Source; fail 1 compile; update").state.definitions == {}


def test_a_deleted_pipeline_cancels_who_is_under_way_and_nobody_else():
    bench = Bench().play("start 1; pass 1 Source; fail 1 compile; start 2; start 3")
    assert bench.state.runs.keys() == {run_id("1"), run_id("2"), run_id("3")}
    bench.ask(Delete())
    assert [fact.run for fact in bench.told(f.RunCancelled)] == [run_id("2"), run_id("3")]
    assert bench.facts[-1].kind == f.PipelineDeleted.__struct_config__.tag


def test_only_what_an_update_took_back_is_remembered_as_out_of_date():
    sign = AttemptKey(run=run_id("1"), stage="Release", action="sign", attempt=1).id
    assert Bench(SIGNED).play("start 1; pass 1 Source; abandon 1").state.outdated_tokens == ()
    updated = Bench(SIGNED).play("start 1; pass 1 Source; update; abandon 1")
    assert [fact.action for fact in updated.told(f.ActionAbandoned)] == ["sign", "go"]
    assert updated.state.outdated_tokens == (sign,)


def test_the_newest_fifty_of_them_are_remembered():
    wide = flow(
        stage("Source", source("frontend")),
        stage("Release", *(action(f"sign{number}", "Approval") for number in range(51))),
    )
    bench = Bench(wide).play("start 1; pass 1 Source; update")
    names = [f"sign{number}" for number in range(1, 51)]
    keys = [AttemptKey(run=run_id("1"), stage="Release", action=name, attempt=1) for name in names]
    assert bench.state.outdated_tokens == tuple(key.id for key in keys)

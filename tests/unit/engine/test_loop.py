"""One step: what came in is decided and committed, and only then acted on."""

from datetime import timedelta

import pytest

from laststop.engine.apply import apply
from laststop.errors import TransientError
from laststop.pipeline.due import due
from laststop.pipeline.inputs import Continued, Declare, OverrideCondition, Retry, SetTransition, Stop, Want
from laststop.pipeline.state import State
from laststop.words import facts_pipeline as f
from unit.engine.fakes import Desk, FakeWriting
from unit.pipeline.bench import BROKEN, LINE, MORNING, action, flow, gate, heads, rule, run_id, source, stage


def told(desk: Desk) -> list[str]:
    return [fact.kind for fact in desk.journal.facts()]


def test_a_new_pipeline_begins_its_first_run_in_the_commit_that_declares_it():
    desk = Desk()
    assert desk.read() == ["commit", "start Source/frontend/1#0", "start Source/routing/1#0"]


def test_commands_start_after_the_commit_that_asks_for_them():
    desk = Desk()
    desk.read()
    desk.pass_stages(1)
    assert desk.read() == ["commit", "start Build/compile/1#0"]


EIGHT = flow(
    stage("Source", source("frontend")),
    stage("Work", *(action(f"step-{number}", run_order=number // 4 + 1) for number in range(8))),
)


def test_eight_actions_in_two_groups_cost_one_commit_per_barrier_and_one():
    """Barriers: the sources, and two groups."""
    desk = Desk(EIGHT)
    desk.pass_stages(3)
    assert told(desk)[-1] == "run.succeeded"
    assert desk.journal.commits == 3 + 1


def test_results_that_come_one_by_one_cost_a_commit_each_and_no_more():
    desk = Desk(EIGHT)
    desk.pass_stages(1)
    for number in range(8):
        desk.executor.end(f"step-{number}")
        desk.engine.step()
    assert told(desk)[-1] == "run.succeeded"
    assert desk.journal.commits == 2 + 8


def test_a_step_into_which_nothing_came_opens_no_transaction():
    desk = Desk()
    desk.read()
    begun = desk.journal.begun
    assert desk.engine.step() is False
    assert (desk.journal.begun, desk.read()) == (begun, [])


def test_a_step_says_whether_it_wrote():
    desk = Desk()
    assert desk.engine.step([Want(cause="news")]) is True
    assert desk.engine.step([SetTransition(stage="Build", enabled=True)]) is False


def test_a_report_nobody_waits_for_is_kept_in_the_journal_too():
    desk = Desk()
    desk.engine.step([Stop(run=run_id("1"), abandon=True)])
    desk.executor.end_all()
    assert desk.engine.step() is True
    assert told(desk).count("report.ignored") == 2


def test_a_refused_input_does_not_keep_the_others_from_being_decided():
    desk = Desk()
    desk.executor.end_all()
    desk.engine.step([Stop(run=run_id("9")), Retry(run=run_id("9"), stage="Nowhere")])
    assert desk.executor.running() == {"run-1/Build/compile/1#0"}


def test_what_is_no_longer_due_is_cancelled_and_may_still_report():
    desk = Desk()
    desk.read()
    desk.engine.step([Stop(run=run_id("1"), abandon=True)])
    assert sorted(desk.read()) == ["cancel Source/frontend/1#0", "cancel Source/routing/1#0", "commit"]
    desk.executor.end_all()
    desk.engine.step()
    assert desk.executor.running() == frozenset()


def test_a_continuation_is_another_command_for_the_same_attempt():
    desk = Desk()
    desk.pass_stages(1)
    desk.read()
    desk.executor.end("compile", Continued(token="half way"))
    desk.engine.step()
    assert desk.read() == ["commit", "start Build/compile/1#1"]
    assert due(desk.journal.state("flow"))[0].token == "half way"


def test_after_a_crash_everything_open_is_issued_again_without_a_commit():
    desk = Desk()
    desk.pass_stages(1)
    desk.read()
    desk.kill()
    assert desk.engine.step() is False
    assert desk.read() == ["start Build/compile/1#0"]


def test_a_report_that_was_lost_in_a_crash_comes_again_from_the_command_issued_again():
    desk = Desk()
    desk.executor.end_all()
    desk.kill()
    desk.engine.step()
    desk.pass_stages(3)
    desk.pass_stages(2)
    assert told(desk)[-1] == "run.succeeded"


def test_a_crash_after_every_commit_loses_nothing_and_ends_alike():
    calm, shaken = Desk(), Desk()
    calm.pass_stages(5)
    for _ in range(5):
        shaken.kill()
        shaken.engine.step()
        shaken.pass_stages(1)
    assert told(shaken) == told(calm)
    assert told(calm)[-1] == "run.succeeded"


def test_a_transaction_that_fails_writes_nothing_and_leaves_everything_due():
    desk = Desk()
    before = desk.journal.state("flow")
    desk.executor.end_all()
    desk.read()
    desk.journal.broken = True
    with pytest.raises(TransientError, match="disk is full"):
        desk.engine.step([Want(cause="news")])
    assert desk.journal.state("flow") == before
    assert len(due(before)) == 2
    assert desk.read() == []


def test_a_full_disk_does_not_do_again_what_was_done():
    desk = Desk()
    desk.executor.end_all()
    desk.read()
    desk.journal.broken = True
    for _ in range(3):
        with pytest.raises(TransientError):
            desk.engine.step()
    desk.journal.broken = False
    desk.engine.step()
    assert desk.read() == ["commit", "start Build/compile/1#0"]
    assert "report.ignored" not in told(desk)


def test_a_report_is_decided_once_also_after_a_failed_commit():
    desk = Desk()
    desk.executor.end_all()
    desk.journal.broken = True
    with pytest.raises(TransientError):
        desk.engine.step()
    desk.journal.broken = False
    desk.engine.step()
    begun = desk.journal.begun
    desk.engine.step()
    assert desk.journal.begun == begun


def test_what_another_process_decided_is_acted_on_at_the_next_step():
    desk = Desk()
    with desk.journal.transaction() as writing:
        state = writing.state("flow")
        writing.save_state(apply(writing, state, Stop(run=run_id("1"), abandon=True), MORNING).state)
    desk.read()
    assert desk.engine.step() is False
    assert sorted(desk.read()) == ["cancel Source/frontend/1#0", "cancel Source/routing/1#0"]


def test_a_deadline_is_decided_once_it_has_passed_and_not_before():
    desk = Desk()
    assert desk.engine.next_deadline() == MORNING + timedelta(hours=1)
    desk.now += timedelta(minutes=59)
    assert desk.engine.step() is False
    desk.now += timedelta(minutes=1)
    assert desk.engine.step() is True
    assert "run.failed" in told(desk)
    assert desk.engine.next_deadline() is None


def test_a_report_that_came_before_anybody_saw_the_deadline_wins():
    desk = Desk()
    desk.executor.end_all()
    desk.now += timedelta(hours=2)
    desk.engine.step()
    assert "action.failed" not in told(desk)


def test_the_mark_becomes_a_run_in_the_step_that_makes_room_for_it():
    desk = Desk()
    desk.engine.step([Want(cause="news")])
    desk.gate.bill = heads("frontend@2")
    desk.pass_stages(1)
    assert desk.drawn == 1
    desk.pass_stages(1)
    assert sorted(desk.executor.running()) == [
        "run-1/Release/deploy/1#0",
        "run-2/Source/frontend/1#0",
        "run-2/Source/routing/1#0",
    ]


def test_the_heads_are_asked_for_only_when_a_run_may_begin_and_with_every_source():
    desk = Desk(begin=False)
    desk.engine.step()
    assert desk.gate.asked == []
    desk.gate.hold = None
    desk.engine.step()
    assert desk.gate.asked == [[("frontend", "Source/AWS/S3/1", {}), ("routing", "Source/AWS/S3/1", {})]]


def test_a_mark_whose_heads_the_newest_run_has_is_dropped():
    desk = Desk()
    desk.pass_stages(5)
    desk.gate.bill = desk.journal.state("flow").newest_bill or heads("frontend@9")
    desk.engine.step([Want(cause="news")])
    assert told(desk)[-1] == "start.dropped"


def test_while_the_site_is_held_no_run_begins_and_nothing_is_written():
    desk = Desk(begin=False)
    begun = desk.journal.begun
    for _ in range(3):
        assert desk.engine.step() is False
    assert desk.journal.begun == begun
    assert desk.journal.state("flow").wanted == "the pipeline was created"


def test_what_was_wanted_while_the_site_was_held_begins_once_when_it_is_lifted():
    desk = Desk(begin=False)
    desk.engine.step([Want(cause="one"), Want(cause="two")])
    desk.gate.hold = None
    desk.engine.step()
    desk.engine.step()
    assert told(desk).count("run.started") == 1


def test_a_run_that_is_under_way_goes_on_while_the_site_is_held():
    desk = Desk()
    desk.gate.hold = "rolled back"
    desk.pass_stages(5)
    assert told(desk)[-1] == "run.succeeded"


def test_a_pipeline_that_is_not_declared_does_nothing():
    desk = Desk(None)
    assert desk.engine.step([Want(cause="news")]) is False
    assert desk.engine.next_deadline() is None
    assert desk.read() == []


def test_a_changed_declaration_waits_for_what_runs_and_begins_anew_in_one_commit():
    desk = Desk()
    desk.pass_stages(1)
    desk.read()
    desk.engine.step([Declare(declaration=flow(*LINE.stages, role_arn="other"))])
    assert desk.read() == ["commit"]
    desk.executor.end("compile", BROKEN)
    desk.engine.step()
    assert desk.read() == [
        "commit",
        "start run-2/Source/frontend/1#0",
        "start run-2/Source/routing/1#0",
    ]


def test_an_engine_runs_to_a_failure_and_on_from_a_retry():
    desk = Desk()
    desk.pass_stages(1)
    desk.executor.end("compile", BROKEN)
    desk.engine.step()
    assert told(desk)[-1] == "run.failed"
    desk.engine.step([Retry(run=run_id("1"), stage="Build")])
    assert desk.executor.running() == {"run-1/Build/compile/2#0"}


def test_applying_appends_each_fact_and_gives_the_state_they_lead_to():
    writing = FakeWriting(State(pipeline="flow"))
    applied = apply(writing, writing.state("flow"), Declare(declaration=LINE), MORNING)
    assert [type(fact) for fact in applied.facts] == [f.PipelineDeclared, f.StartWanted]
    assert len(writing.facts) == 2
    assert applied.state.declaration == LINE
    assert applied.refused is None


def test_applying_what_is_refused_appends_nothing():
    writing = FakeWriting(State(pipeline="flow"))
    state = writing.state("flow")
    applied = apply(writing, state, Want(cause="news"), MORNING)
    assert applied.refused is not None
    assert applied.state is state
    assert writing.facts == []


@pytest.mark.parametrize("provider", ["LambdaInvoke", "Commands"])
def test_a_rule_at_work_is_cancelled_when_its_condition_is_overridden_and_the_action_begins(provider):
    window = gate("FAIL", rule("window", provider))
    desk = Desk(flow(stage("Source", source("frontend")), stage("Build", action("compile"), before=window)))
    desk.pass_stages(1)
    desk.read()
    asked = OverrideCondition(run=run_id("1"), stage="Build", gate="BEFORE_ENTRY")
    assert desk.engine.step([asked]) is True
    assert desk.read() == [
        "commit",
        "cancel Build/beforeEntry:window/1#0",
        "start Build/compile/1#0",
    ]
    desk.executor.end("beforeEntry:window", BROKEN)
    desk.executor.end("compile")
    desk.engine.step()
    assert told(desk).count("report.ignored") == 1
    assert told(desk)[-1] == "run.succeeded"

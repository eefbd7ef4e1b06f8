"""Replay: the state follows from the facts alone, whatever they are."""

from datetime import timedelta

import msgspec
import pytest

from laststop.pipeline.evolve import evolve
from laststop.pipeline.inputs import Declare, Delete
from laststop.pipeline.state import State, decode_state, encode_state
from laststop.words import facts_pipeline as f
from laststop.words.bill import Bill
from laststop.words.fact import Fact, RunFact
from laststop.words.facts import AnyFact, decode_fact, encode_fact
from laststop.words.facts_site import ReleaseRemoved
from laststop.words.failure import Failure
from laststop.words.ids import ReleaseId
from unit.pipeline.bench import LINE, MORNING, Bench, action, flow, gate, made, rule, run_id, source, stage

LATER = MORNING + timedelta(hours=1)
HISTORY = (
    "want news; begin 1 frontend@a; want more; pass 1 Source frontend@a; more 1 compile; ok 1 compile;"
    "begin 2 frontend@a; start 3; pass 3 Source; start 4; pass 4 Source; start 5; pass 5 Source;"
    "fail 1 deploy; retry 1 Release; stop 1; ok 1 deploy; retry 1 Release ALL; pass 1 Release;"
    "abandon 3; fail 5 compile; close Build frozen; start 6; after 5000; open Build; start 7; start 8; stop 8"
)


GATED = flow(
    stage("Source", source("frontend")),
    stage("Release", action("deploy"), before=gate("SKIP", rule("open"))),
)
OURS = [each for each in AnyFact.__args__ if issubclass(each, f.PipelineFact | RunFact)]


def play() -> Bench:
    """A pipeline's life, with every kind of fact this room can tell."""
    bench = Bench(None)
    bench.play("declare")
    bench.play(HISTORY)
    late = bench.command("7", "frontend")
    bench.ask_changed()
    bench.report_for(late)
    bench.report_for(late)
    bench.play("fail 7 routing; want last; begin 9 frontend@z; ok 9 frontend@z")
    bench.ask(Declare(declaration=GATED))
    bench.play(
        "fail 9 routing; start 10; pass 10 Source; ok 10 beforeEntry:open; pass 10 Release;"
        "start 11; pass 11 Source; fail 11 beforeEntry:open; rollback 12 Release 10; pass 12 Release; start 13"
    )
    bench.ask(Delete())
    bench.ask(Declare(declaration=GATED))
    return bench.play("start 14; pass 14 Source")


def test_that_life_shows_every_kind_of_fact_this_room_tells():
    assert {type(fact) for fact in play().facts} == set(OURS)


def test_replay_of_what_the_journal_keeps_is_the_state():
    bench = play()
    state = State(pipeline="flow")
    for fact in bench.facts:
        state = evolve(state, decode_fact(encode_fact(fact)))
    assert encode_state(state) == encode_state(bench.state)
    assert decode_state(encode_state(state)) == bench.state


def test_a_state_read_back_from_the_store_goes_on_as_the_one_that_was_kept():
    bench = Bench()
    read_back = bench.state
    for step in HISTORY.split(";"):
        told = len(bench.facts)
        bench.play(step)
        for fact in bench.facts[told:]:
            read_back = decode_state(encode_state(evolve(read_back, fact)))
        assert encode_state(read_back) == encode_state(bench.state)


def some(kind: type[Fact]) -> Fact:
    """A fact of a kind, about a run and a stage that nobody knows."""
    fields: dict[str, object] = {
        "at": LATER,
        "pipeline": "flow",
        "version": 3,
        "declaration": {"name": "flow", "stages": []},
        "cause": "news",
        "carried_by": run_id("9"),
        "stage": "Nowhere",
        "enabled": False,
        "run": run_id("9"),
        "by": run_id("8"),
        "pipeline_version": 3,
        "bill": Bill(),
        "abandon": True,
        "mode": "ALL_ACTIONS",
        "action": "nothing",
        "attempt": 2,
        "provider": "Invoke/AWS/Lambda/1",
        "deadline_at": LATER,
        "job": 1,
        "token": "go on",
        "gate": "beforeEntry",
        "status": "Failed",
        "failure": Failure(code="JobFailed", message="it broke"),
        "reason": "why not",
    }
    return msgspec.convert({name: fields[name] for name in required(kind)}, kind)


def required(kind: type[Fact]) -> list[str]:
    return [field.name for field in msgspec.structs.fields(kind) if field.required]


@pytest.mark.parametrize("kind", OURS, ids=lambda kind: kind.__name__)
def test_every_fact_of_a_pipeline_can_be_replayed_onto_any_state(kind):
    for state in (State(pipeline="flow"), Bench().play("start 1; pass 1 Source").state):
        after = evolve(state, some(kind))
        assert after.clock == LATER
        assert decode_state(encode_state(after)) == after


ABOUT_RUNS = [each for each in OURS if issubclass(each, RunFact) and each is not f.RunStarted]


@pytest.mark.parametrize("kind", ABOUT_RUNS, ids=lambda kind: kind.__name__)
def test_a_fact_about_a_run_that_left_moves_the_clock_and_nothing_else(kind):
    before = Bench().play("start 1; pass 1 Source").state
    assert evolve(before, some(kind)) == msgspec.structs.replace(before, clock=LATER)


def test_a_fact_about_an_older_attempt_does_not_touch_the_newest():
    bench = Bench().play("start 1; pass 1 Source; fail 1 compile; retry 1 Build")
    old = f.ActionSucceeded(
        at=LATER,
        pipeline="flow",
        run=run_id("1"),
        stage="Build",
        action="compile",
        attempt=1,
        artifacts=(made("site", "old"),),
    )
    assert evolve(bench.state, old).runs == bench.state.runs
    never = msgspec.structs.replace(old, action="nothing")
    assert evolve(bench.state, never).runs == bench.state.runs


def test_facts_of_other_rooms_and_other_pipelines_change_nothing():
    state = Bench().play("start 1").state
    assert evolve(state, ReleaseRemoved(at=LATER, release=ReleaseId("r"))) is state
    assert evolve(state, f.StartWanted(at=LATER, pipeline="another", cause="news")) is state


def test_an_early_fact_does_not_turn_the_clock_back():
    state = Bench().play("start 1").state
    early = f.StartWanted(at=MORNING - timedelta(days=1), pipeline="flow", cause="news")
    assert evolve(state, early).clock == MORNING


def test_a_newer_run_that_enters_takes_the_place_of_the_one_at_rest_there_and_only_there():
    bench = Bench().play(
        "start 1; pass 1 Source; pass 1 Build; fail 1 deploy; start 2; pass 2 Source; pass 2 Build"
    )
    assert list(bench.state.runs) == [run_id("2")]
    bench = Bench().play("start 1; pass 1 Source; pass 1 Build; fail 1 deploy; start 2; pass 2 Source")
    assert list(bench.state.runs) == [run_id("1"), run_id("2")]


def test_a_state_does_not_grow_with_the_history():
    bench = Bench()
    for number in range(40):
        bench.play(f"start {number}; pass {number} Source; fail {number} compile")
    assert list(bench.state.runs) == [run_id("39")]


ENDS = {
    f.RunFailed: ("start 1; pass 1 Source; fail 1 compile", "Failed"),
    f.RunStopped: ("start 1; pass 1 Source; stop 1; ok 1 compile", "Stopped"),
}


@pytest.mark.parametrize(("script", "status"), ENDS.values(), ids=[kind.__name__ for kind in ENDS])
def test_a_run_at_rest_says_how_it_ended_and_is_inside_no_more(script, status):
    run = Bench().play(script).state.runs[run_id("1")]
    assert (run.status, run.live, run.inside, run.stage) == (status, False, False, "Build")


LEAVING = [f.StageSucceeded, f.StageFailed, f.StageSkipped, f.StageStopped, f.StageCancelled]


@pytest.mark.parametrize("kind", LEAVING, ids=lambda kind: kind.__name__)
@pytest.mark.parametrize("mode", ["SUPERSEDED", "PARALLEL"])
def test_a_run_is_out_with_the_fact_that_it_left_its_stage(kind, mode):
    """Nothing that follows in the same decision is needed for it."""
    line = msgspec.structs.replace(LINE, execution_mode=mode)
    before = Bench(line).play("start 1; pass 1 Source").state
    after = evolve(before, kind(at=LATER, pipeline="flow", run=run_id("1"), stage="Build"))
    assert (before.runs[run_id("1")].inside, after.runs[run_id("1")].inside) == (True, False)
    assert after.stage("Build").occupant is None


def test_a_run_that_is_cancelled_inside_a_stage_leaves_its_lock():
    before = Bench().play("start 1; pass 1 Source; start 2; pass 2 Source").state
    gone = f.RunCancelled(at=LATER, pipeline="flow", run=run_id("1"))
    after = evolve(before, gone)
    assert (before.stage("Build").occupant, after.stage("Build").occupant) == (run_id("1"), None)
    assert after.stage("Build").inbound == (run_id("2"),)


def test_a_transition_wakes_and_lets_sleep_only_runs_that_are_held():
    before = Bench().play("start 1; pass 1 Source; start 2; pass 2 Source").state
    sleeping = (run_id("2"), run_id("9"))
    opened = f.TransitionSet(at=LATER, pipeline="flow", stage="Build", enabled=True, dormant=sleeping)
    after = evolve(before, opened)
    assert [run.id for run in after.runs.values() if run.dormant] == [run_id("2")]
    assert after.runs.keys() == before.runs.keys()


def test_what_a_stage_can_go_back_to_holds_the_outputs_that_have_a_namespace():
    named = flow(
        stage("Source", source("frontend")),
        stage("Build", action("compile", namespace="build"), action("lint")),
        stage("Release", action("deploy")),
    )
    bench = Bench(named).play("start 1; pass 1 Source; pass 1 Build; pass 1 Release")
    success = bench.state.stage("Release").success
    assert success is not None
    assert success.outputs.keys() == {"frontend-source", "build"}


def test_the_fact_of_another_declaration_moves_nobody_by_itself():
    """Who is cancelled or outdated by it is told in facts of its own."""
    before = Bench().play("start 1; pass 1 Source; start 2; pass 2 Source").state
    body = msgspec.to_builtins(msgspec.structs.replace(LINE, role_arn="another"))
    after = evolve(before, f.PipelineDeclared(at=LATER, pipeline="flow", version=2, declaration=body))
    now = after.stage("Build")
    assert (now.occupant, now.inbound) == (run_id("1"), (run_id("2"),))
    assert after.runs == before.runs

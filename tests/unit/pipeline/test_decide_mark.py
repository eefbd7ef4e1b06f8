"""The mark: a wanted run, when it becomes one, and what a changed declaration does."""

import pytest

from laststop.pipeline.inputs import Begin, Declare, Retry, SetTransition, Start, Stop, TimePassed, Want
from laststop.pipeline.starts import may_begin, wants_to_begin
from laststop.pipeline.state import State
from laststop.words import facts_pipeline as f
from unit.pipeline.bench import LINE, MORNING, Bench, action, flow, heads, lines, run_id, source, stage

LIVE = "start 1; pass 1 Source frontend@a; pass 1 Build; pass 1 Release"

WAITS = {
    # why not begin: 1 reads its sources now and may see the change itself; one begins when it has
    "R-MARK-01 the sources are being read": ("start 1; want news", "Source is held by run run-1"),
    # why not begin: what 2 would read now is older than what it would read when Build is free
    "R-MARK-02 the stage behind the sources is held": (
        "start 1; pass 1 Source; want news",
        "Build is held by run run-1",
    ),
    # why not begin: the run would wait before Build, and grow old there
    "R-MARK-03 the way into Build is closed": (
        "close Build frozen; want news",
        "the way into Build is closed: frozen",
    ),
    # why not an empty reason: the sentence is shown to people
    "R-MARK-04 the way into Build is closed without a reason": (
        "close Build; want news",
        "the way into Build is closed: no reason given",
    ),
    # why not begin and wait before Source: it would hold the slot against nothing
    "R-MARK-05 the way into the sources is closed": (
        "close Source frozen; want news",
        "the way into Source is closed: frozen",
    ),
    # why not begin: one run is under way and one waits; the mark waits behind both
    "R-MARK-06 a run waits before Release": (
        "start 1; pass 1 Source; pass 1 Build; start 2; pass 2 Source; pass 2 Build; want news",
        "run run-2 waits before Release",
    ),
    # why not begin: it would supersede the one that waits, for as long as the way is closed
    "R-MARK-07 a run waits before a way that was closed": (
        "close Release frozen; start 1; pass 1 Source; pass 1 Build; want news",
        "run run-1 waits before Release",
    ),
}


@pytest.mark.parametrize(("script", "reason"), WAITS.values(), ids=WAITS)
def test_the_mark_waits_and_says_why(script, reason):
    bench = Bench().play(script)
    assert may_begin(bench.state) == reason
    assert not wants_to_begin(bench.state)
    bench.facts.clear()
    bench.play("begin 9 frontend@new")
    assert bench.facts == []
    assert bench.state.wanted == "news"


@pytest.mark.parametrize(("script", "reason"), WAITS.values(), ids=WAITS)
def test_where_codepipeline_decides_the_mark_waits_for_none_of_these(script, reason):
    bench = Bench().play(script)
    assert wants_to_begin(bench.state, at_once=True), reason
    bench.ask(Begin(run=run_id("9"), heads=heads("frontend@new"), at_once=True))
    assert bench.state.runs[run_id("9")].status == "InProgress"
    assert bench.state.wanted is None


BEGINS = {
    # why not wait for more news: nothing would be gained; the next news sets the next mark
    "R-MARK-08 nothing is under way": "want news",
    # why not wait: Release is long; the next run may come as far as the slot before it
    "R-MARK-09 a run is in Release": "start 1; pass 1 Source; pass 1 Build; want news",
    # why not wait for its retry: what failed rests, and holds nothing
    "R-MARK-10 a run has failed in Build": "start 1; pass 1 Source; want news; fail 1 compile",
    # why not count it: it was stopped before it had read everything
    "R-MARK-11 a run is at rest in the sources": "start 1; want news; abandon 1",
    # why not wait for the way: the run can be built meanwhile
    "R-MARK-12 the way into Release is closed and nobody waits there": "close Release frozen; want news",
    # why not wait any longer: nobody is there
    "R-MARK-13 a run that waited has gone": "close Build frozen; start 1; pass 1 Source; want news; stop 1; open Build",
}


@pytest.mark.parametrize("script", BEGINS.values(), ids=BEGINS)
def test_the_mark_becomes_a_run_when(script):
    bench = Bench().play(script)
    assert wants_to_begin(bench.state)
    bench.play("begin 9 frontend@new")
    started = bench.told(f.RunStarted)[-1]
    assert (started.run, started.cause, started.automatic) == (run_id("9"), "news", True)
    assert bench.state.wanted is None
    assert not wants_to_begin(bench.state)


def test_the_cause_of_a_run_is_what_was_wanted_first():
    bench = Bench().play("want routing: ospf 1.2; want frontend: new colours; begin 1 frontend@a")
    assert bench.told(f.RunStarted)[0].cause == "routing: ospf 1.2"


def test_a_mark_is_no_queue_r_mark_17():
    bench = Bench().play("want one; want two; want three; begin 1 frontend@a; begin 2 frontend@a")
    assert [fact.run for fact in bench.told(f.RunStarted)] == [run_id("1")]


def test_a_begin_without_a_mark_is_nothing():
    assert Bench().play("begin 1 frontend@a").facts == []


DROPPED = {
    # why not ship them twice: the page would not change
    "R-MARK-14 the newest run has shipped these heads": f"{LIVE}; want news",
    # why not begin behind it: it carries the news already
    "R-MARK-15 the newest run is on its way with these heads": (
        "start 1; pass 1 Source frontend@a; pass 1 Build; want news"
    ),
    # why not begin again by itself: the same inputs failed; a retry or a start by hand may turn it
    "R-MARK-16 the newest run has failed with these heads": (
        "start 1; pass 1 Source frontend@a; fail 1 compile; want news"
    ),
}


@pytest.mark.parametrize("script", DROPPED.values(), ids=DROPPED)
def test_the_mark_is_dropped_when(script):
    bench = Bench().play(script)
    bench.facts.clear()
    bench.play("begin 9 frontend@a")
    assert bench.facts == [f.StartDropped(at=MORNING, pipeline="flow", carried_by=run_id("1"))]
    assert bench.state.wanted is None


def test_the_mark_stays_when_heads_are_equal_but_the_newest_run_has_not_read_them_yet():
    bench = Bench().play("start 1; ok 1 frontend@a; want news; begin 9 frontend@a")
    assert bench.state.wanted == "news"
    bench.play("ok 1 routing; pass 1 Build; begin 9 frontend@a")
    assert bench.told(f.StartDropped)


def test_a_newest_run_that_never_read_its_sources_carries_nothing():
    """Why not say that run 2 carries what run 1 had: it was stopped before it read anything."""
    bench = Bench().play(f"{LIVE}; start 2; abandon 2; want news; begin 3 frontend@a")
    assert bench.places == "Source[3] Build[] Release[]"


def test_one_source_that_moved_is_enough_for_a_run():
    bench = Bench().play(f"{LIVE}; want news; begin 2 frontend@a routing@2")
    assert bench.places == "Source[2] Build[] Release[]"


def test_a_start_by_hand_takes_the_mark_with_it_because_it_reads_the_sources_later_r_mark_18():
    bench = Bench().play("start 1; want news; start 2")
    assert bench.state.wanted is None
    assert bench.places == "Source[1<2] Build[] Release[]"


def test_a_start_by_hand_asks_nobody_r_mark_19():
    bench = Bench().play(f"{LIVE}; start 2; pass 2 Source frontend@a; start 3")
    assert bench.places == "Source[3] Build[2] Release[]"
    assert not bench.told(f.RunStarted)[-1].automatic


def test_one_run_under_way_and_one_mark_is_all_a_burst_makes():
    """Changes without end, and a begin after each: the next run waits for the one before to leave Build."""
    bench = Bench().play("want 0; begin 0 frontend@0")
    for number in range(1, 30):
        bench.play(f"want {number}; begin {number} frontend@{number}")
    bench.play("pass 0 Source frontend@0; pass 0 Build; begin 30 frontend@30")
    assert bench.places == "Source[30] Build[] Release[0]"


def test_a_changed_declaration_asks_for_one_fresh_run_whatever_the_heads():
    bench = Bench().play(LIVE)
    bench.ask_changed()
    assert bench.state.wanted == "the pipeline's declaration changed"
    bench.play("begin 2 frontend@a")
    assert bench.told(f.RunStarted)[-1].pipeline_version == 2


def test_a_mark_from_before_keeps_its_cause_over_a_changed_declaration():
    bench = Bench().play("start 1; want news")
    bench.ask_changed()
    assert bench.state.wanted == "news"


def test_an_equal_declaration_changes_nothing_r_update_22():
    bench = Bench().play("start 1")
    bench.facts.clear()
    bench.play("declare")
    assert bench.facts == []


def test_the_first_declaration_creates_the_pipeline_and_asks_for_its_first_run():
    bench = Bench(None)
    facts = bench.ask(Declare(declaration=LINE))
    assert lines(facts) == ["pipeline.declared", "start.wanted"]
    assert bench.state.wanted == "the pipeline was created"
    assert bench.state.version == 1
    assert bench.state.declaration == LINE


def test_a_way_that_is_closed_stays_closed_over_a_changed_declaration_and_a_removed_stage_is_forgotten():
    bench = Bench().play("close Build frozen; close Release frozen")
    shorter = flow(stage("Source", source("frontend")), stage("Build", action("compile", "Build")))
    bench.ask(Declare(declaration=shorter))
    assert not bench.state.stage("Build").enabled
    assert list(bench.state.stages) == ["Source", "Build"]


@pytest.mark.parametrize(
    "asked",
    [
        Want(cause="news"),
        Start(run=run_id("1"), cause="by hand"),
        Stop(run=run_id("1")),
        Retry(run=run_id("1"), stage="Build"),
        SetTransition(stage="Build", enabled=False),
        TimePassed(),
    ],
    ids=lambda asked: type(asked).__name__,
)
def test_nothing_can_be_asked_of_a_pipeline_that_is_not_declared_r_start_11(asked):
    bench = Bench(None)
    assert bench.ask(asked) == ()
    assert bench.refused is not None
    assert bench.refused.code == "PipelineNotFoundException"


def test_a_pipeline_that_is_not_declared_says_why_nothing_begins():
    assert may_begin(State(pipeline="flow")) == "the pipeline is not declared yet"

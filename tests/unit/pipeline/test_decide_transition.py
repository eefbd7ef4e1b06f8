"""The way into a stage: open or closed, by whom and why, and what a long wait does."""

import pytest

from laststop.pipeline.inputs import SetTransition
from laststop.pipeline.starts import may_begin
from laststop.words import facts_pipeline as f
from unit.pipeline.bench import LINE, MORNING, Bench, flow, run_id

QUEUED = flow(*LINE.stages, execution_mode="QUEUED")
PARALLEL = flow(*LINE.stages, execution_mode="PARALLEL")
WAITS = "close Build why; start 1; pass 1 Source"

ROWS = {
    # why not asleep: 30 days are not over
    "R-TRANSITION-01 a way that opens within 30 days lets in who waits": (
        LINE, f"{WAITS}; days 30; open Build", "Source[] Build[1] Release[]", ""),
    # why not in: nobody has looked for a month, and its revisions are as old
    "R-TRANSITION-02 after more than 30 days nothing goes on by itself": (
        LINE, f"{WAITS}; days 31; open Build", "Source[] Build[<1] Release[]", ""),
    # why not 1: a newer one came, and it is what people want now
    "R-TRANSITION-03 until a new start comes there": (
        LINE, f"{WAITS}; days 31; open Build; start 2; pass 2 Source", "Source[] Build[2] Release[]", "1 superseded"),
    # why not only the new one: nothing is given up in a queue, and 1 came first
    "R-TRANSITION-04 which in a queue wakes those before it": (
        QUEUED, f"{WAITS}; days 31; open Build; start 2; pass 2 Source", "Source[] Build[1<2] Release[]", ""),
    # why not only the new one: both run side by side
    "R-TRANSITION-05 and in parallel mode too": (
        PARALLEL, f"{WAITS}; days 31; open Build; start 2; pass 2 Source", "Source[] Build[1 2] Release[]", ""),
    # why not stay for ever: it can be stopped like any that waits
    "R-TRANSITION-06 who sleeps can be stopped": (
        LINE, f"{WAITS}; days 31; open Build; stop 1", "Source[] Build[] Release[]", "1 stopped"),
    # why not awake: the way was closed again, and opened in time; what sleeps wakes by a start only
    "R-TRANSITION-07 closing and opening again wakes nobody": (
        LINE, f"{WAITS}; days 31; open Build; close Build why; open Build", "Source[] Build[<1] Release[]", ""),
    # why not refuse: it is the way between the two, told from the other side
    "R-TRANSITION-08 the way out of a stage is the way into the next": (
        LINE, "out Source why; start 1; pass 1 Source", "Source[] Build[<1] Release[]", ""),
}  # fmt: skip


@pytest.mark.parametrize(("line", "script", "places", "ends"), ROWS.values(), ids=ROWS)
def test_who_is_where(line, script, places, ends):
    bench = Bench(line).play(script)
    assert (bench.refused, bench.places, bench.ends) == (None, places, ends)


REFUSED = {
    # why not: nothing follows the last stage
    "R-TRANSITION-09 the way out of the last stage": ("out Release why", "ValidationException"),
    # why not guess
    "R-TRANSITION-10 the way into no stage": ("close Biuld why", "StageNotFoundException"),
    # why not: 300 characters are the most there may be
    "R-TRANSITION-11 a reason that is too long": (f"close Build {'x' * 301}", "ValidationException"),
}


@pytest.mark.parametrize(("script", "code"), REFUSED.values(), ids=REFUSED)
def test_what_is_refused(script, code):
    bench = Bench().play(script)
    assert bench.refused is not None
    assert bench.refused.code == code


def test_it_is_kept_who_closed_it_when_and_why_r_transition_12():
    bench = Bench()
    bench.ask(SetTransition(stage="Build", enabled=False, reason="x" * 300, by="ann"))
    now = bench.state.stage("Build")
    assert (now.enabled, now.disabled_reason, now.changed_by) == (False, "x" * 300, "ann")
    assert now.changed_at == MORNING


def test_an_open_way_has_no_reason_r_transition_13():
    bench = Bench().play("close Build why; open Build because")
    now = bench.state.stage("Build")
    assert (now.enabled, now.disabled_reason) == (True, "")


def test_the_mark_does_not_wait_for_those_asleep_r_transition_14():
    """Why not: nobody would ever start the run that wakes them."""
    bench = Bench().play(f"{WAITS}; days 31; open Build; want news")
    assert may_begin(bench.state) is None
    bench = Bench(QUEUED).play("close Source why; start 1; days 31; open Source; want news")
    assert may_begin(bench.state) is None


def test_a_transition_tells_who_falls_asleep_once():
    bench = Bench().play(f"{WAITS}; days 31; open Build; open Build")
    told = bench.told(f.TransitionSet)
    assert [fact.dormant for fact in told] == [(), (run_id("1"),)]


def test_a_way_stays_closed_over_an_update_r_transition_15():
    bench = Bench().play("close Build why; update")
    assert not bench.state.stage("Build").enabled

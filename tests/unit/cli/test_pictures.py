"""Trees of runs and changes, as a terminal of a given width shows them."""

import io

import pytest
from rich.console import Console

from laststop.cli.following import _ended
from laststop.cli.pictures import change_tree, run_tree
from laststop.console.stages import Drawn, stage_boxes
from laststop.homes.embedded.runs import attempt_rows, newest_runs, stage_rows
from laststop.homes.shared.tracing import Step, Trace
from laststop.words.failure import Failure
from unit.homes.home_workbench import PIPELINE, Home


@pytest.fixture
def home(tmp_path):
    return Home(tmp_path).serve().work()


def shown(picture, width=100):
    console = Console(file=io.StringIO(), width=width, highlight=False)
    console.print(picture)
    return [line.rstrip() for line in console.file.getvalue().splitlines()]


def tree(home, waits=""):
    with home.store.view() as view:
        [row] = newest_runs(view, 1)
        drawn = Drawn(run=row, stages=stage_rows(view, row.id), attempts=attempt_rows(view, row.id))
        return run_tree(row, stage_boxes(view.state(PIPELINE), drawn), home.clock(), waits=waits)


def line_of(lines, name):
    [found] = [line for line in lines if f"── {name} " in line]
    return found


def test_a_run_that_is_live_has_every_action_with_state_and_time(home):
    home.put("bgp", "1.0")
    home.work()
    lines = shown(tree(home))
    assert "succeeded" in lines[0]
    assert lines[0].endswith("routing: bgp 1.0")
    for name in ("frontend", "routing", "build-site", "deploy-site", "verify-live"):
        assert "succeeded" in line_of(lines, name)
        assert line_of(lines, name).count(" s") >= 1


def test_what_has_not_begun_says_why(home):
    home.executor.held.add("build-site")
    home.put("bgp", "1.0")
    home.work()
    home.clock.pass_by(seconds=12)
    lines = shown(tree(home))
    assert "in progress" in line_of(lines, "build-site")
    assert float(line_of(lines, "build-site").split()[-2]) >= 12
    assert line_of(lines, "Release").endswith("waits for Build")
    assert "not begun" in line_of(lines, "verify-live")


def test_what_keeps_the_whole_run_stands_first(home):
    home.executor.held.add("frontend")
    home.push("c2")
    home.work()
    assert shown(tree(home, waits="no server is running"))[1].endswith("waits: no server is running")


def test_a_failure_is_told_where_it_happened_and_the_rest_was_not_reached(home):
    home.broken = Failure(code="COMMAND_EXECUTION_ERROR", message="npm run build: exit status 3\n\x1b[2J")
    home.put("bgp", "1.0")
    home.work()
    lines = shown(tree(home))
    assert "failed" in line_of(lines, "build-site")
    assert "npm run build: exit status 3" in line_of(lines, "build-site")
    assert not any("\x1b" in line for line in lines)
    assert "not reached" in line_of(lines, "verify-live")


@pytest.mark.parametrize("width", [20, 40, 80])
def test_every_line_stays_one_line_however_narrow_the_terminal(home, width):
    home.put("an-algorithm-with-a-long-name", "1.0")
    home.work()
    lines = shown(tree(home), width)
    assert len(lines) == len(shown(tree(home), 200))
    assert all(len(line) <= width for line in lines)


def test_a_change_shows_its_steps_and_the_run_beneath(home):
    home.executor.held.add("build-site")
    home.put("bgp", "1.0")
    home.work()
    found = home.trace("bgp", "1.0")
    lines = shown(change_tree(found, tree(home)))
    assert lines[0].startswith("bgp 1.0  pending")
    assert "waits: build-site of run" in line_of(lines, "verdict")
    assert "in progress" in line_of(lines, "build-site")


def test_a_verdict_that_is_foreseen_and_not_written_is_not_the_end():
    done = Step(name="recorded", at="2026-03-01T12:00:00.000Z", took_seconds=0.0)
    open_ = Step(name="verdict", waiting_because="verify-live is under way")
    written = Step(name="verdict live", at="2026-03-01T12:00:01.000Z", took_seconds=1.0)

    def ended(verdict, *steps):
        return _ended(Trace(algorithm="bgp", version="1.0", verdict=verdict, steps=steps))

    assert not ended("live", done, open_)
    assert ended("live", done, written)
    assert ended("failed", done, open_)
    assert ended(None, done)
    assert not ended("pending", done, open_)

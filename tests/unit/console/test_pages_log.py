import time

import msgspec
import pytest

from laststop.console.log_window import WINDOW_LINES, log_window
from laststop.homes.embedded.build_log import LogLine
from laststop.wiring.embedded import clock
from laststop.words.failure import Failure
from laststop.words.ids import AttemptKey
from unit.console.console_workbench import ask
from unit.console.page_reader import HOSTILE, read

BROKEN = Failure(code="COMMAND_EXECUTION_ERROR", message="npm run build: exit status 3", phase="BUILD")


def write(path, *phases, tail=b""):
    """A log of phases, each with so many lines or with the lines given."""
    path.parent.mkdir(parents=True, exist_ok=True)
    now = clock()
    with path.open("wb") as file:
        for phase, lines in phases:
            texts = [f"{phase} line {n}" for n in range(1, lines + 1)] if isinstance(lines, int) else lines
            for text in texts:
                file.write(msgspec.json.encode(LogLine(at=now, phase=phase, text=text)) + b"\n")
        file.write(tail)
    return path


def path_of(bench, run, attempt=1):
    return bench.home.folders.log(AttemptKey(run=run, stage="Build", action="build-site", attempt=attempt))


def address(run, attempt=1):
    return f"/runs/{run}/log/Build/build-site/{attempt}"


@pytest.fixture
def run(bench):
    run = bench.start()
    bench.read_sources()
    return run


def test_a_log_is_folded_by_phase_with_every_line_numbered(tmp_path):
    window = log_window(write(tmp_path / "log", ("INSTALL", 3), ("BUILD", 4), ("POST_BUILD", 1)))
    assert [(fold.phase, fold.first, fold.last) for fold in window.folds] == [
        ("INSTALL", 1, 3),
        ("BUILD", 4, 7),
        ("POST_BUILD", 8, 8),
    ]
    assert [line.text for line in window.folds[1].lines] == [f"BUILD line {n}" for n in range(1, 5)]
    assert [line.number for line in window.folds[2].lines] == [8]
    assert not any(fold.open for fold in window.folds)


@pytest.mark.parametrize(
    ("start", "first", "last"),
    [(None, 601, 1000), (1, 1, 400), (350, 350, 749), (999, 999, 1000), (5000, 1000, 1000)],
)
def test_a_window_begins_where_it_was_asked_to_and_else_ends_with_the_log(tmp_path, start, first, last):
    window = log_window(write(tmp_path / "log", ("BUILD", 990), ("FINALIZING", 10)), start=start)
    lines = [line for fold in window.folds for line in fold.lines]
    assert (window.first, window.last, window.count) == (first, last, 1000)
    assert [line.number for line in lines] == list(range(first, last + 1))
    assert lines[0].text == (f"BUILD line {first}" if first <= 990 else f"FINALIZING line {first - 990}")


def test_the_phase_that_failed_stands_open_at_its_end(tmp_path):
    path = write(tmp_path / "log", ("INSTALL", 5), ("BUILD", 900), ("FINALIZING", 5))
    window = log_window(path, culprit="BUILD")
    [opened] = [fold for fold in window.folds if fold.open]
    assert (opened.phase, opened.lines[-1].text) == ("BUILD", "BUILD line 900")
    assert len(opened.lines) == WINDOW_LINES


def test_a_log_that_is_being_written_shows_its_whole_lines_and_its_last_phase_open(tmp_path):
    path = write(tmp_path / "log", ("INSTALL", 2), ("BUILD", 2), tail=b'{"at":"2026-01-01T00:0')
    window = log_window(path, running=True)
    assert window.count == 4
    assert [fold.open for fold in window.folds] == [False, True]


def test_a_line_that_a_crash_tore_keeps_its_number(tmp_path):
    path = write(tmp_path / "log", ("BUILD", 2), tail=b'{"at":"2026-01-01T0\n')
    path.write_bytes(path.read_bytes() + write(tmp_path / "more", ("BUILD", ["after"])).read_bytes())
    [fold] = log_window(path).folds
    assert [(line.number, line.text) for line in fold.lines][2:] == [(3, ""), (4, "after")]


def test_what_a_build_writes_cannot_pass_for_a_phase(tmp_path):
    [fold] = log_window(write(tmp_path / "log", ("BUILD", ['"phase":"INSTALL"', "x"]))).folds
    assert (fold.phase, fold.last) == ("BUILD", 2)


def test_a_line_without_end_is_cut(tmp_path):
    [fold] = log_window(write(tmp_path / "log", ("BUILD", ["x" * 16_000]))).folds
    assert fold.lines[0].text == f"{'x' * 2000} … and 14000 characters more"


@pytest.mark.parametrize("content", [None, b"", b"no newline"])
def test_a_log_without_a_line_is_empty(tmp_path, content):
    if content is not None:
        (tmp_path / "log").write_bytes(content)
    assert log_window(tmp_path / "log").count == 0


def test_a_phase_that_comes_again_and_again_ends_in_one_fold(tmp_path):
    window = log_window(write(tmp_path / "log", *(("BUILD" if n % 2 else "INSTALL", 1) for n in range(300))))
    assert len(window.folds) == 100
    assert window.folds[-1].last == 300


def test_a_failed_run_opens_the_log_at_its_failing_phase(bench, run):
    write(
        path_of(bench, run), ("INSTALL", 3), ("BUILD", [f"{HOSTILE} \x1b[31mred\x1b[0m"]), ("FINALIZING", 1)
    )
    bench.end("build-site", BROKEN)
    page = read(bench, f"/runs/{run}")
    assert f"{HOSTILE} red" in page.text
    assert "failed here" in page.text
    assert "L4" in page.ids
    assert f"{address(run)}?from=1#L4" in page.addresses
    text = ask(bench.app(), "GET", f"/runs/{run}").text
    assert text.count('<details class="fold"') == 3
    assert text.count(" open>") == 1
    assert "data-tail" not in text


def test_a_log_under_way_is_followed(bench, run):
    write(path_of(bench, run), ("BUILD", 3))
    assert f'data-tail="{address(run)}"' in ask(bench.app(), "GET", f"/runs/{run}").text


def test_every_line_of_a_long_log_has_an_address(bench, run):
    write(path_of(bench, run), ("BUILD", 2000))
    bench.end("build-site")
    page = read(bench, f"{address(run)}?from=801")
    assert "L801" in page.ids
    assert f"{address(run)}?from=401#L800" in page.addresses
    assert f"{address(run)}?from=1201#L1201" in page.addresses


def test_each_attempt_keeps_its_log(bench, run):
    write(path_of(bench, run), ("BUILD", ["the first try"]))
    bench.end("build-site", BROKEN)
    ask(bench.app(), "POST", f"/runs/{run}/retry")
    write(path_of(bench, run, 2), ("BUILD", ["the second try"]))
    page = read(bench, f"/runs/{run}")
    assert "the second try" in page.text
    assert address(run, 1) in page.addresses
    assert "the first try" in read(bench, address(run, 1)).text


@pytest.mark.parametrize(
    "path", ["Build/build-site/9", "Build/nothing/1", "Build/../1", "Build/build-site/x"]
)
def test_a_log_that_nobody_wrote_is_not_found(bench, run, path):
    assert ask(bench.app(), "GET", f"/runs/{run}/log/{path}").status == 404


@pytest.mark.parametrize("start", ["0", "-1", "x", "99999999999"])
def test_a_place_in_a_log_that_is_none_is_refused(bench, run, start):
    assert ask(bench.app(), "GET", f"{address(run)}?from={start}").status == 400


def fastest(act, times=5):
    took = []
    for _ in range(times):
        began = time.perf_counter()
        act()
        took.append(time.perf_counter() - began)
    return min(took)


def test_a_log_of_ten_thousand_lines_opens_like_one_of_a_window(bench, run):
    app = bench.app()
    write(path_of(bench, run), ("BUILD", WINDOW_LINES))
    short = fastest(lambda: ask(app, "GET", f"/runs/{run}"))
    write(path_of(bench, run), ("INSTALL", 5_000), ("BUILD", 5_000))
    assert fastest(lambda: ask(app, "GET", f"/runs/{run}")) < 2 * short + 0.02

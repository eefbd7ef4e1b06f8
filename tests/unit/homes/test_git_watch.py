import os
import shutil
import time
from pathlib import Path

import pytest

from laststop.errors import NotFoundError, TransientError
from laststop.homes.embedded.git import GitRepository
from laststop.homes.embedded.git_watch import GitWatch
from unit.homes.git_workbench import Workbench


@pytest.fixture
def bench(tmp_path: Path) -> Workbench:
    bench = Workbench(tmp_path / "frontend")
    bench.commit("one")
    bench.commit("two")
    return bench


def watch_of(tmp_path: Path, location: str, branch: str = "main") -> GitWatch:
    repository = GitRepository(
        repository_id="acme/frontend", location=location, base=tmp_path, cache=tmp_path / "mirrors"
    )
    return GitWatch(repository, branch)


@pytest.fixture(params=["work tree", "linked", "bare", "remote"])
def place(request: pytest.FixtureRequest, tmp_path: Path, bench: Workbench) -> tuple[GitWatch, Workbench]:
    """A watch that has seen the branch, and where its branch can be moved."""
    match request.param:
        case "linked":
            bench.git("worktree", "add", "-q", str(tmp_path / "linked"), "-b", "elsewhere")
            watch = watch_of(tmp_path, "linked")
        case "bare":
            bench.git("clone", "-q", "--bare", ".", str(tmp_path / "bare.git"))
            bench.git("remote", "add", "origin", str(tmp_path / "bare.git"))
            bench.git(
                "--git-dir", str(tmp_path / "bare.git"), "config", "receive.denyDeleteCurrent", "ignore"
            )
            watch = watch_of(tmp_path, "bare.git")
        case "remote":
            watch = watch_of(tmp_path, f"file://{bench.folder}")
        case _:
            watch = watch_of(tmp_path, "frontend")
    assert watch.changed()
    assert not watch.changed()
    return watch, bench


def push(bench: Workbench) -> None:
    if "origin" in bench.git("remote"):
        bench.git("push", "-qf", "--prune", "origin", "refs/heads/*:refs/heads/*")


def settle(folder: Path) -> None:
    """Make every reference look as if it had not changed for long."""
    for path in (folder / "packed-refs", *(folder / "refs").rglob("*")):
        if path.exists():
            os.utime(path, (1, 1))


@pytest.mark.parametrize("move", ["commit", "amend", "reset", "delete", "orphan"])
def test_every_move_of_the_branch_is_seen_once(place: tuple[GitWatch, Workbench], move: str) -> None:
    watch, bench = place
    match move:
        case "commit":
            bench.commit("three")
        case "amend":
            bench.git("commit", "-q", "--amend", "-m", "two, better")
        case "reset":
            bench.git("reset", "-q", "--hard", "HEAD~1")
        case "delete":
            bench.git("checkout", "-q", "--detach")
            bench.git("branch", "-D", "main")
        case _:
            bench.git("checkout", "-q", "--orphan", "fresh")
            bench.commit("another history")
            bench.git("branch", "-f", "main", "fresh")
    push(bench)
    assert watch.changed()
    assert not watch.changed()


def test_a_branch_that_comes_back_is_seen(place: tuple[GitWatch, Workbench]) -> None:
    watch, bench = place
    bench.git("checkout", "-q", "--detach")
    bench.git("branch", "-D", "main")
    push(bench)
    assert watch.changed()
    bench.git("branch", "main")
    push(bench)
    assert watch.changed()
    assert not watch.changed()


def test_tidying_up_and_other_branches_are_no_change(place: tuple[GitWatch, Workbench]) -> None:
    watch, bench = place
    bench.git("checkout", "-qb", "other")
    bench.commit("elsewhere")
    push(bench)
    assert not watch.changed()
    bench.git("pack-refs", "--all")
    assert not watch.changed()
    bench.git("gc", "-q")
    assert not watch.changed()
    bench.git("checkout", "-q", "main")
    bench.commit("three")
    push(bench)
    assert watch.changed()


def test_a_settled_branch_costs_no_process(
    tmp_path: Path, bench: Workbench, monkeypatch: pytest.MonkeyPatch
) -> None:
    watch = watch_of(tmp_path, "frontend")
    assert watch.changed()
    now_ns = time.time_ns()
    monkeypatch.setattr(time, "time_ns", lambda: now_ns + 10_000_000_000)
    assert not watch.changed()
    monkeypatch.setenv("PATH", "/nowhere")  # from here on, any call of git would fail
    for _ in range(100):
        assert not watch.changed()


def test_a_move_that_leaves_the_files_times_and_sizes_equal_is_seen_while_they_are_young(
    tmp_path: Path, bench: Workbench, monkeypatch: pytest.MonkeyPatch
) -> None:
    watch = watch_of(tmp_path, "frontend")
    monkeypatch.setattr(
        "laststop.homes.embedded.git_watch._stat", lambda path: (time.time_ns() - 1, 0, 41, 7)
    )
    frozen = time.time_ns()
    monkeypatch.setattr(time, "time_ns", lambda: frozen)
    assert watch.changed()
    bench.commit("in the same tick")
    assert watch.changed()


def test_a_branch_that_is_another_name_for_a_second_one_is_followed(
    tmp_path: Path, bench: Workbench, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench.git("symbolic-ref", "refs/heads/live", "refs/heads/main")
    watch = watch_of(tmp_path, "frontend", "live")
    now_ns = time.time_ns()
    monkeypatch.setattr(time, "time_ns", lambda: now_ns + 10_000_000_000)
    assert watch.changed()
    assert not watch.changed()
    bench.commit("three")
    assert watch.changed()


def test_a_repository_that_is_replaced_by_another_is_seen(tmp_path: Path, bench: Workbench) -> None:
    watch = watch_of(tmp_path, "frontend")
    assert watch.changed()
    shutil.rmtree(bench.folder)
    with pytest.raises(NotFoundError):
        watch.changed()
    Workbench(bench.folder).commit("a fresh start")
    assert watch.changed()
    assert not watch.changed()


def test_a_change_during_an_outage_is_told_after_it(tmp_path: Path, bench: Workbench) -> None:
    watch = watch_of(tmp_path, f"file://{bench.folder}")
    assert watch.changed()
    bench.commit("three")
    bench.folder.rename(tmp_path / "away")
    with pytest.raises(TransientError):
        watch.changed()
    (tmp_path / "away").rename(bench.folder)
    assert watch.changed()


def test_how_often_to_ask_depends_on_what_it_costs(tmp_path: Path) -> None:
    assert watch_of(tmp_path, "frontend").interval_seconds == 1
    assert watch_of(tmp_path, "https://example.org/x.git").interval_seconds == 60


def test_a_branch_that_is_not_there_yet_is_awaited(tmp_path: Path) -> None:
    bench = Workbench(tmp_path / "frontend")
    watch = watch_of(tmp_path, "frontend")
    assert watch.changed()
    assert not watch.changed()
    bench.commit("first")
    assert watch.changed()


def test_a_settled_look_still_sees_a_later_move(
    tmp_path: Path, bench: Workbench, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench.git("pack-refs", "--all")
    settle(bench.folder / ".git")
    watch = watch_of(tmp_path, "frontend")
    now_ns = time.time_ns()
    monkeypatch.setattr(time, "time_ns", lambda: now_ns + 10_000_000_000)
    assert watch.changed()
    assert not watch.changed()
    bench.commit("three")
    assert watch.changed()
    bench.git("pack-refs", "--all", "--prune")
    assert not watch.changed()
    bench.git("update-ref", "refs/heads/main", "HEAD~1")
    assert watch.changed()

import os
import threading

import pytest

from laststop.homes.embedded.git import GitRepository
from laststop.homes.embedded.ref_watch import RefWatcher
from laststop.homes.embedded.store.journal import Store
from laststop.words.facts_catalog import RefPushed
from unit.homes.git_workbench import Workbench
from unit.homes.home_workbench import Clock

MAIN, TAG = "refs/heads/main", "refs/tags/v1"


class Desk:
    """A repository, a store, and a watcher of all branches and tags between them."""

    def __init__(self, path, *, location="frontend") -> None:
        self.bench = Workbench(path / "frontend")
        self.first = self.bench.commit("one")
        self.path = path
        self.store = Store(path / "s.db")
        self.rung = threading.Event()
        self.watcher = self.another(location)

    def another(self, location="frontend") -> RefWatcher:
        repository = GitRepository(
            repository_id="acme/frontend", location=location, base=self.path, cache=self.path / "mirrors"
        )
        return RefWatcher(
            store=self.store,
            repository=repository,
            name="acme/frontend",
            ring=self.rung.set,
            clock=Clock(),
        )

    def pushes(self):
        with self.store.view() as view:
            facts = [each.fact for each in view.after(0)]
        pushes = [fact for fact in facts if isinstance(fact, RefPushed)]
        return [(f.ref, f.revision, f.before, f.first, f.files) for f in pushes]


@pytest.fixture
def desk(tmp_path):
    desk = Desk(tmp_path)
    yield desk
    desk.watcher.stop()
    desk.store.close()


def test_the_first_look_notes_what_is_there_and_says_that_it_is_the_first(desk):
    assert desk.watcher.look() is True
    assert desk.pushes() == [(MAIN, desk.first, "", True, None)]


def test_a_push_is_noted_once_with_the_files_that_changed(desk):
    desk.watcher.look()
    second = desk.bench.commit("two", page="2", other="x")
    assert [desk.watcher.look() for _ in range(3)] == [True, False, False]
    assert desk.pushes()[1:] == [(MAIN, second, desk.first, False, ("other.txt", "page.txt"))]


def test_a_new_branch_and_a_new_tag_are_known_as_new_and_a_tag_leads_to_its_commit(desk):
    desk.watcher.look()
    desk.bench.git("branch", "feature/x")
    desk.bench.git("tag", "-a", "v1", "-m", "one")
    assert desk.watcher.look() is True
    assert desk.pushes()[1:] == [
        ("refs/heads/feature/x", desk.first, "", False, None),
        (TAG, desk.first, "", False, None),
    ]


def test_another_watcher_knows_what_was_seen_before_it(desk):
    desk.watcher.look()
    second = desk.bench.commit("two")
    assert desk.another().look() is True
    assert desk.pushes()[1:] == [(MAIN, second, desk.first, False, ("page.txt",))]


def test_a_history_that_was_rewritten_has_no_files_once_the_old_commit_is_gone(desk):
    desk.watcher.look()
    desk.bench.git("commit", "-q", "--amend", "-m", "again", "--date=2020-01-01T00:00:00Z")
    desk.bench.git("reflog", "expire", "--expire=now", "--all")
    desk.bench.git("gc", "-q", "--prune=now")
    desk.watcher.look()
    assert desk.pushes()[-1][4] is None


def test_at_most_a_hundred_files_are_noted(desk):
    desk.watcher.look()
    desk.bench.commit("many", **{f"f{n:03}": "x" for n in range(130)})
    desk.watcher.look()
    files = desk.pushes()[-1][4]
    assert len(files) == 100
    assert files[0] == "f000.txt"


def test_a_remote_is_asked_for_branches_and_tags_and_the_files_are_found(tmp_path):
    desk = Desk(tmp_path, location=f"file://{tmp_path}/frontend")
    desk.bench.git("config", "uploadpack.allowReachableSHA1InWant", "true")
    desk.watcher.look()
    second = desk.bench.commit("two", other="x")
    desk.bench.git("tag", "-a", "v1", "-m", "one")
    assert desk.watcher.look() is True
    assert desk.pushes()[1:] == [
        (MAIN, second, desk.first, False, ("other.txt",)),
        (TAG, second, "", False, None),
    ]
    desk.store.close()


def test_a_repository_that_is_gone_is_trouble_and_no_push(desk):
    desk.watcher.look()
    (desk.path / "frontend").rename(desk.path / "elsewhere")
    assert desk.watcher.look() is False
    assert "frontend" in desk.watcher.trouble


def test_what_stands_still_and_is_settled_costs_no_git(desk, monkeypatch):
    desk.watcher.look()
    for path in sorted((desk.bench.folder / ".git").rglob("*"), reverse=True):
        os.utime(path, (1_000_000_000, 1_000_000_000))
    assert desk.watcher.look() is False
    monkeypatch.setattr(desk.watcher._repository, "refs", lambda: pytest.fail("git was asked"))
    assert desk.watcher.look() is False


def test_who_is_woken_looks_in_its_own_thread_and_rings(desk):
    desk.watcher.start()
    desk.rung.clear()
    second = desk.bench.commit("two")
    desk.watcher.wake()
    assert desk.rung.wait(10)
    assert desk.pushes()[-1][1] == second

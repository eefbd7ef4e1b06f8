import threading
import time

import msgspec
import pytest

from laststop.errors import TransientError
from laststop.homes.embedded import watchers as module
from laststop.homes.embedded.git import GitRepository
from laststop.homes.embedded.store.journal import Store
from laststop.homes.embedded.watchers import Watcher, Watchers
from laststop.pipeline.declaration import Pipeline
from laststop.words.facts_catalog import SourceMoved
from unit.homes.git_workbench import Workbench
from unit.homes.home_workbench import BRANCH, Clock


class Desk:
    """A repository, a store, and a watcher between them."""

    def __init__(self, path) -> None:
        self.bench = Workbench(path / "frontend")
        self.first = self.bench.commit("one")
        self.store = Store(path / "s.db")
        self.rung = threading.Event()
        self.repository = GitRepository(
            repository_id="acme/frontend", location="frontend", base=path, cache=path / "mirrors"
        )
        self.watcher = self.another()

    def another(self, branch="main") -> Watcher:
        return Watcher(
            store=self.store,
            repository=self.repository,
            name="acme/frontend",
            branch=branch,
            ring=self.rung.set,
            clock=Clock(),
        )

    def moves(self):
        with self.store.view() as view:
            facts = [each.fact for each in view.after(0)]
        return [(f.location, f.revision, f.summary, f.first) for f in facts if isinstance(f, SourceMoved)]


@pytest.fixture
def desk(tmp_path):
    desk = Desk(tmp_path)
    yield desk
    desk.watcher.stop()
    desk.store.close()


def test_the_first_look_notes_where_the_branch_stands_and_says_that_it_is_the_first(desk):
    assert desk.watcher.look() is True
    assert desk.moves() == [(BRANCH, desk.first, "one", True)]


def test_a_branch_that_stands_still_is_noted_once(desk):
    assert [desk.watcher.look() for _ in range(3)] == [True, False, False]
    assert len(desk.moves()) == 1


def test_a_push_is_noted_with_its_message(desk):
    desk.watcher.look()
    second = desk.bench.commit("two")
    assert desk.watcher.look() is True
    assert desk.moves()[1] == (BRANCH, second, "two", False)


def test_a_restart_notes_nothing_when_nothing_moved_and_the_move_when_it_did(desk):
    desk.watcher.look()
    assert desk.another().look() is False
    second = desk.bench.commit("while nobody looked")
    assert desk.another().look() is True
    assert desk.moves()[-1][1] == second


def test_trouble_is_kept_until_a_look_succeeds(desk):
    watcher = desk.another("release")
    assert watcher.look() is False
    assert "release" in watcher.trouble
    desk.bench.git("branch", "release")
    assert watcher.look() is True
    assert watcher.trouble == ""
    assert desk.moves() == [("acme/frontend@release", desk.first, "one", True)]


def test_a_move_that_could_not_be_noted_is_noted_the_next_time(desk, monkeypatch):
    desk.watcher.look()
    second = desk.bench.commit("two")

    def refuse():
        raise TransientError("the disk is full")

    with monkeypatch.context() as patch:
        patch.setattr(desk.store, "transaction", refuse)
        assert desk.watcher.look() is False
        assert desk.watcher.trouble == "the disk is full"
        assert desk.watcher.look() is False
    assert desk.watcher.look() is True
    assert desk.moves()[-1][1] == second


def test_a_started_watcher_looks_at_once_then_by_itself_and_rings(desk, monkeypatch):
    monkeypatch.setattr(module.GitWatch, "interval_seconds", 0.02)
    desk.watcher.start()
    assert len(desk.moves()) == 1
    assert not desk.rung.is_set(), "whoever starts it looks anyway"
    second = desk.bench.commit("two")
    assert desk.rung.wait(10)
    assert desk.moves()[-1][1] == second


def test_a_stopped_watcher_looks_no_more(desk, monkeypatch):
    monkeypatch.setattr(module.GitWatch, "interval_seconds", 0.02)
    desk.watcher.start()
    desk.watcher.stop()
    time.sleep(0.1)
    desk.bench.commit("two")
    time.sleep(0.1)
    assert len(desk.moves()) == 1


def declared(*sources, triggers=()):
    actions = [
        {
            "name": f"{name}@{branch}",
            "actionTypeId": {"category": "Source", "owner": "AWS", "provider": "CodeStarSourceConnection"},
            "configuration": {"FullRepositoryId": name, "BranchName": branch},
        }
        for name, branch in sources
    ]
    trigger = [
        {"providerType": "CodeStarSourceConnection", "gitConfiguration": {"sourceActionName": action}}
        for action in triggers
    ]
    stages = [{"name": "Source", "actions": actions}]
    return msgspec.convert({"name": "p", "stages": stages, "triggers": trigger}, Pipeline)


@pytest.fixture
def watchers(desk):
    watchers = Watchers({"acme/frontend": desk.repository}, desk.store, desk.rung.set, Clock())
    yield watchers
    watchers.stop()


def test_each_branch_a_pipeline_reads_has_a_watcher_and_unknown_repositories_have_none(desk, watchers):
    watchers.watch([declared(("acme/frontend", "main"), ("acme/moon", "main"))], look_now=True)
    assert desk.moves() == [(BRANCH, desk.first, "one", True)]
    assert watchers.look("acme/frontend", "main")
    assert not watchers.look("acme/frontend", "dev")
    assert not watchers.look("acme/moon", "main")


def test_what_no_pipeline_reads_any_more_is_watched_no_more(desk, watchers):
    watchers.watch([declared(("acme/frontend", "main"))], look_now=True)
    watchers.watch([], look_now=True)
    assert not watchers.look("acme/frontend", "main")


def test_where_triggers_choose_all_branches_and_tags_are_watched(desk, watchers):
    watchers.watch([declared(("acme/frontend", "main"), triggers=["acme/frontend@main"])], look_now=True)
    assert watchers.look("acme/frontend", "any")
    assert watchers.look("acme/frontend", "")


def test_a_watcher_that_comes_later_looks_in_its_own_thread(desk, watchers):
    watchers.watch([declared(("acme/frontend", "main"))], look_now=False)
    assert desk.rung.wait(10)
    assert desk.moves() == [(BRANCH, desk.first, "one", True)]

"""Pull requests are noted where a trigger asks for them."""

import msgspec
import pytest

from laststop.errors import TransientError
from laststop.homes.embedded.git import GitRepository
from laststop.homes.embedded.pull_requests import PullRequestNews, PullRequests
from laststop.homes.embedded.store.journal import Store
from unit.homes.git_workbench import Workbench
from unit.homes.home_workbench import Clock
from unit.homes.test_start_reader import PULLS, TAGS, declared

PATHS = {"pullRequest": [{"filePaths": {"includes": ["app/**"]}}]}


class Desk:
    def __init__(self, path) -> None:
        self.bench = Workbench(path / "frontend")
        self.base = self.bench.commit("one")
        self.head = self.bench.commit("two", **{"app/page": "x"})
        self.store = Store(path / "s.db")
        self.repository = GitRepository(
            repository_id="acme/frontend", location="frontend", base=path, cache=path / "mirrors"
        )

    def heard(self, *pipelines, **more) -> bool:
        repositories = {"acme/frontend": self.repository}
        requests = PullRequests(self.store, repositories, lambda: pipelines, Clock())
        news = PullRequestNews(
            repository="acme/frontend",
            number=17,
            event="OPEN",
            commit=self.head,
            target="main",
            base=self.base,
            origin="feature",
        )
        return requests.heard(msgspec.structs.replace(news, **more))

    def noted(self):
        with self.store.view() as view:
            return [one.fact for one in view.of_kinds(["source.pull_request"], 0)]


@pytest.fixture
def desk(tmp_path):
    desk = Desk(tmp_path)
    yield desk
    desk.store.close()


def test_a_pull_request_that_a_trigger_may_ask_for_is_noted_without_asking_git(desk, monkeypatch):
    monkeypatch.setattr(desk.repository, "changed_files", lambda *_, **__: pytest.fail("git was asked"))
    assert desk.heard(declared(PULLS))
    (fact,) = desk.noted()
    assert (fact.subject, fact.revision, fact.target, fact.origin) == (
        "acme/frontend#17",
        desk.head,
        "main",
        "feature",
    )
    assert fact.files is None


def test_where_a_filter_asks_for_paths_the_changed_files_are_looked_for(desk):
    assert desk.heard(declared(PULLS), declared(PATHS))
    assert desk.noted()[0].files == ("app/page.txt",)


def test_what_no_trigger_asks_for_is_not_noted(desk):
    assert not desk.heard(declared(TAGS))
    assert not desk.heard(declared(triggers=False))
    assert not desk.heard(declared(PULLS), repository="acme/other")
    assert not desk.heard()
    assert desk.noted() == []


def test_a_remote_that_does_not_answer_leaves_no_note(desk, monkeypatch):
    def fail(*_, **__):
        raise TransientError("no answer")

    monkeypatch.setattr(desk.repository, "changed_files", fail)
    with pytest.raises(TransientError):
        desk.heard(declared(PATHS))
    assert desk.noted() == []

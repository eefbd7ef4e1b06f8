"""One server, several pipelines: from files, and made in the store while it works."""

import msgspec
import pytest

from laststop.engine.apply import apply
from laststop.homes.embedded.shared_executor import SharedExecutor
from laststop.pipeline.declaration import Pipeline
from laststop.pipeline.inputs import Declare, Succeeded
from laststop.wiring.fleet import Fleet
from laststop.words.bill import Revision
from unit.homes.home_workbench import Home, InlineExecutor

SOURCE = "Source/AWS/CodeStarSourceConnection/1"
TEST = "Test/AWS/CodeBuild/1"


def action(name: str, kind: str, **more: object) -> object:
    category, owner, provider, version = kind.split("/")
    type_id = {"category": category, "owner": owner, "provider": provider, "version": version}
    return {"name": name, "actionTypeId": type_id, **more}


def declared(name: str) -> Pipeline:
    settings = {"ConnectionArn": "arn:c", "FullRepositoryId": "acme/other", "BranchName": "main"}
    return msgspec.convert(
        {
            "name": name,
            "stages": [
                {"name": "Source", "actions": [action("code", SOURCE, configuration=settings)]},
                {"name": "Test", "actions": [action("test", TEST)]},
            ],
        },
        Pipeline,
    )


class Desk:
    def __init__(self, path) -> None:
        self.home = Home(path)
        self.executor = InlineExecutor(
            {
                SOURCE: lambda command: Succeeded(
                    revision=Revision(action=command.key.action, id="c1", location="x")
                ),
                TEST: lambda _: Succeeded(),
            }
        )

    def fleet(self, *names: str) -> Fleet:
        files = [(f"{name}.yml", declared(name)) for name in names]
        return Fleet(
            store=self.home.store,
            files=files,
            executor=SharedExecutor(self.executor),
            watch=self.watch,
            clock=self.home.clock,
        )

    def watch(self, pipelines, *, look_now) -> None:
        self.watched = ([pipeline.name for pipeline in pipelines], look_now)

    def make(self, name: str) -> None:
        """As CreatePipeline does, from any process."""
        with self.home.store.transaction() as transaction:
            before = transaction.state(name)
            applied = apply(transaction, before, Declare(declaration=declared(name)), self.home.clock())
            transaction.save_state(applied.state)

    def work(self, fleet: Fleet) -> None:
        quiet = 0
        for _ in range(100):
            did = [drive.decide() for drive in fleet.drives()]
            quiet = 0 if any(did) else quiet + 1
            if quiet > 1:  # a pass that only starts commands writes nothing; what they report comes after it
                return
        raise AssertionError("the fleet never comes to rest")

    def runs(self) -> list[tuple[str, str]]:
        with self.home.store.view() as view:
            rows = view.connection.execute("SELECT pipeline, status FROM run ORDER BY ordinal")
            return [tuple(row) for row in rows]


@pytest.fixture
def desk(tmp_path):
    desk = Desk(tmp_path)
    yield desk
    desk.home.store.close()


def test_every_pipeline_of_the_files_runs_to_its_end(desk):
    fleet = desk.fleet("flow", "nightly", "weekly")
    fleet.prepare()
    desk.work(fleet)
    assert sorted(desk.runs()) == [("flow", "Succeeded"), ("nightly", "Succeeded"), ("weekly", "Succeeded")]
    assert fleet.names() == ("flow", "nightly", "weekly")
    assert fleet.files() == {"flow": "flow.yml", "nightly": "nightly.yml", "weekly": "weekly.yml"}


def test_a_pipeline_that_is_made_while_it_works_is_driven_at_the_next_pass_and_after_a_restart(desk):
    fleet = desk.fleet("flow")
    fleet.prepare()
    desk.work(fleet)
    desk.executor.held.add("test")
    desk.make("made")
    desk.work(fleet)
    assert desk.runs()[-1] == ("made", "InProgress")
    assert fleet.names() == ("flow", "made")
    assert [each.name for each in fleet.declarations()] == ["flow", "made"]
    assert desk.watched == (["flow", "made"], False)
    desk.executor = InlineExecutor(desk.executor.providers)
    again = desk.fleet("flow")
    again.prepare()
    desk.work(again)
    assert desk.runs()[-1] == ("made", "Succeeded")


def test_a_pipeline_whose_file_is_gone_is_not_driven_and_goes_on_when_it_is_back(desk):
    first = desk.fleet("flow", "nightly")
    desk.executor.held.add("test")
    first.prepare()
    desk.work(first)
    desk.executor = InlineExecutor(desk.executor.providers)
    without = desk.fleet("flow")
    without.prepare()
    desk.work(without)
    assert sorted(desk.runs()) == [("flow", "Succeeded"), ("nightly", "InProgress")]
    assert without.names() == ("flow",)
    back = desk.fleet("flow", "nightly")
    back.prepare()
    desk.work(back)
    assert sorted(desk.runs()) == [("flow", "Succeeded"), ("nightly", "Succeeded")]


def test_an_idle_fleet_writes_nothing(desk):
    fleet = desk.fleet("flow", "nightly")
    fleet.prepare()
    desk.work(fleet)
    before = len(desk.home.facts())
    for _ in range(3):
        desk.work(fleet)
    assert len(desk.home.facts()) == before

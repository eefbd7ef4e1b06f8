"""What a run costs in commits: the store's own, on its file, with actions in threads that do nothing."""

import time
from contextlib import contextmanager

import pytest

from laststop.engine.loop import Engine
from laststop.homes.embedded.executor import ThreadExecutor
from laststop.homes.embedded.gate import StoredGate
from laststop.homes.embedded.state_journal import StateJournal
from laststop.homes.embedded.store.journal import Store
from laststop.pipeline.declaration import Pipeline
from laststop.pipeline.inputs import Declare, Start, Succeeded
from laststop.words.bill import Revision
from unit.homes.home_workbench import Clock, draw
from unit.pipeline.bench import TYPES, action, flow, run_id, stage

SOURCE = {"S3Bucket": "docs", "S3ObjectKey": "routing"}
SHAPES = {
    # barriers: Source, Build, and in Release three groups
    "the shape of the real flow": (
        flow(
            stage("Source", *(action(name, "Source", configuration=SOURCE) for name in ("a", "b", "c"))),
            stage("Build", action("compile", "Build")),
            stage(
                "Release",
                action("deploy"),
                action("purge", run_order=2),
                action("announce", run_order=2),
                action("verify", run_order=3),
            ),
        ),
        5,
    ),
    "all but the source side by side": (
        flow(
            stage("Source", action("a", "Source", configuration=SOURCE)),
            stage("Work", *(action(f"step-{number}") for number in range(7))),
        ),
        2,
    ),
    "one after another": (
        flow(
            stage("Source", action("a", "Source", configuration=SOURCE)),
            stage("Work", *(action(f"step-{number}", run_order=number + 1) for number in range(7))),
        ),
        8,
    ),
}


class Nothing:
    """Succeeds at once."""

    def run(self, command, cancelled):
        name = command.key.action
        read = Revision(action=name, id="1", location=f"docs/{name}")
        return Succeeded(revision=read if command.provider.startswith("Source/") else None)


class Running:
    """One pipeline over a store on disk; `commits` are those of its file."""

    def __init__(self, store: Store, declaration: Pipeline) -> None:
        self.commits = 0
        self._rung: list[None] = []
        self._heard = 0
        providers = {each.text: Nothing() for each in TYPES.values()}
        self.executor = ThreadExecutor(providers, lambda: self._rung.append(None))
        self.journal = StateJournal(store)
        self.engine = Engine(
            pipeline="flow",
            journal=self.journal,
            executor=self.executor,
            gate=StoredGate(store, flow=False),
            clock=Clock(),
            draw=draw,
        )
        self.engine.step([Declare(declaration=declaration)])
        self.pass_barrier()
        store.database._writer.set_trace_callback(self._traced)

    def _traced(self, statement: str) -> None:
        self.commits += statement.upper().startswith("COMMIT")

    def pass_barrier(self) -> None:
        """All that is at work ends, and then the engine looks: results coincide."""
        ends = time.monotonic() + 30
        self._heard += len(self.executor.running())
        while len(self._rung) < self._heard:
            assert time.monotonic() < ends, "an action that does nothing has not ended"
            time.sleep(0.001)
        self.engine.step()

    def finish(self) -> None:
        while self.journal.state("flow").runs:
            self.pass_barrier()


@contextmanager
def running(path, declaration):
    store = Store(path / "laststop.db")
    made = Running(store, declaration)
    try:
        made.finish()
        yield made
    finally:
        made.executor.close()
        store.close()


@pytest.mark.parametrize(("declaration", "barriers"), SHAPES.values(), ids=SHAPES)
def test_eight_actions_that_do_nothing_cost_one_commit_per_barrier_and_one(tmp_path, declaration, barriers):
    """The one more is that of the start; nothing else is written, whatever the number of actions."""
    assert sum(len(each.actions) for each in declaration.stages) == 8
    with running(tmp_path, declaration) as made:
        made.commits = 0
        made.engine.step([Start(run=run_id("1"), cause="by hand")])
        made.finish()
        assert made.commits == barriers + 1
        with made.journal._store.view() as view:
            statuses = view.connection.execute("SELECT status FROM run").fetchall()
        assert statuses == [("Succeeded",)] * 2

"""Eight steps that do nothing, run by laststop's own engine on its own store.

The steps, here and in the other `flow_` modules: four sources side by side, a build, a deployment, two
actions side by side. As a program, `python -m benchmarks.flow_laststop FOLDER`, it makes the first run.
"""

import sys
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from laststop.engine.loop import Engine
from laststop.engine.providers import Cancelled, Outcome
from laststop.homes.embedded.bell import Bell
from laststop.homes.embedded.executor import ThreadExecutor
from laststop.homes.embedded.gate import StoredGate
from laststop.homes.embedded.state_journal import StateJournal
from laststop.homes.embedded.store.journal import Store
from laststop.pipeline.declaration import Action, ActionTypeId, Category, Pipeline, Stage
from laststop.pipeline.due import Command
from laststop.pipeline.inputs import AnyInput, Declare, Start, Succeeded
from laststop.words.bill import Revision
from laststop.words.ids import RunId
from laststop.words.instants import Instant

NAME = "benchmark"
SOURCES = ("frontend", "routing", "firewall", "switching")
PATIENCE_SECONDS = 5.0


def clock() -> Instant:
    """The time."""
    return datetime.now(UTC)


def draw_run_id() -> RunId:
    """The id of a new run."""
    return RunId(str(uuid.uuid4()))


class Nothing:
    """A provider that succeeds at once; a source gives a revision, as the rules ask of it."""

    def run(self, command: Command, cancelled: Cancelled) -> Outcome:
        """Do nothing."""
        del cancelled
        if not command.provider.startswith("Source/"):
            return Succeeded()
        action = command.key.action
        return Succeeded(revision=Revision(action=action, id=command.key.run, location=f"{NAME}/{action}"))


def _action(name: str, category: Category, provider: str, order: int = 1) -> Action:
    type_id = ActionTypeId(category=category, owner="AWS", provider=provider)
    configuration = {"S3Bucket": NAME, "S3ObjectKey": name} if category == "Source" else {}
    return Action(name=name, action_type_id=type_id, run_order=order, configuration=configuration)


DECLARATION = Pipeline(
    name=NAME,
    stages=(
        Stage(name="Source", actions=tuple(_action(name, "Source", "S3") for name in SOURCES)),
        Stage(name="Build", actions=(_action("build-site", "Build", "CodeBuild"),)),
        Stage(
            name="Release",
            actions=(
                _action("deploy-site", "Invoke", "Lambda", 1),
                _action("invalidate-edge", "Invoke", "Lambda", 2),
                _action("announce", "Invoke", "Lambda", 2),
            ),
        ),
    ),
)


class _Flow:
    """The engine as the embedded home has it: synced store, a thread per action, woken by the bell."""

    def __init__(self, store: Store, bell: Bell) -> None:
        providers = {
            action.action_type_id.text: Nothing() for stage in DECLARATION.stages for action in stage.actions
        }
        self.executor = ThreadExecutor(providers, bell.ring)
        self._bell = bell
        self._journal = StateJournal(store)
        self._engine = Engine(
            pipeline=NAME,
            journal=self._journal,
            executor=self.executor,
            gate=StoredGate(store),
            clock=clock,
            draw=draw_run_id,
        )
        self.made = 0

    def run(self) -> None:
        """One run from its start to its end; a pipeline just declared makes its first one by itself."""
        first = self._journal.state(NAME).declaration is None
        asked: AnyInput = (
            Declare(declaration=DECLARATION) if first else Start(run=draw_run_id(), cause="benchmark")
        )
        self._engine.step([asked])
        while any(run.live for run in self._journal.state(NAME).runs.values()):
            if not self._bell.wait(PATIENCE_SECONDS):
                raise RuntimeError(f"nothing happened for {PATIENCE_SECONDS:.0f} s")
            self._engine.step()
        self.made += 1


@contextmanager
def flow(folder: Path) -> Iterator[Callable[[], None]]:
    """What makes one run of the eight steps, durably; at the end every run is checked to have succeeded."""
    store, bell = Store(folder / "laststop.db"), Bell()
    made = _Flow(store, bell)
    try:
        yield made.run
        with store.view() as view:
            statuses = [row[0] for row in view.connection.execute("SELECT status FROM run")]
        if statuses != ["Succeeded"] * made.made:
            raise RuntimeError(f"of {made.made} runs {statuses.count('Succeeded')} succeeded")
    finally:
        made.executor.close()
        bell.close()
        store.close()


if __name__ == "__main__":
    with flow(Path(sys.argv[1])) as run_once:
        run_once()

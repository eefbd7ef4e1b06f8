"""One pipeline at work: its engine, and what happens to its sources."""

from laststop.engine.loop import Engine
from laststop.engine.ports import Gate
from laststop.homes.embedded.start_reader import StartReader
from laststop.homes.embedded.state_journal import StateJournal
from laststop.homes.embedded.store.journal import Store
from laststop.pipeline.declaration import Pipeline
from laststop.pipeline.inputs import Declare
from laststop.words.instants import Instant


class Drive:
    """What the server's loop does for one pipeline in a pass.

    Concurrency: the thread of the loop only.
    """

    def __init__(
        self, *, pipeline: str, store: Store, engine: Engine, journal: StateJournal, gate: Gate, flow: bool
    ) -> None:
        """`journal` and `gate` are those of the engine; `flow` as `StartReader` has it."""
        self.pipeline = pipeline
        self.engine = engine
        self._store = store
        self._journal = journal
        self._gate = gate
        self._start = StartReader(store, pipeline, flow=flow)

    def declare(self, declaration: Pipeline) -> None:
        """Take the declaration as its file has it now."""
        self.engine.step([Declare(declaration=declaration)])

    def decide(self) -> bool:
        """Wishes first, then whatever came back from the executor; True when anything was done.

        A kill between the decision and the cursor's move leads to the same wishes again: they change nothing.
        """
        declaration = self._journal.state(self.pipeline).declaration
        wishes = self._start.read(declaration, held=self._gate.held() is not None)
        did = self.engine.step(wishes.inputs)
        if wishes.place:
            with self._store.transaction() as transaction:
                transaction.move_cursor(self._start.name, wishes.place)
        return did or bool(wishes.inputs)

    def next_deadline(self) -> Instant | None:
        """When `decide` must be called at the latest, if nothing else happens."""
        return self.engine.next_deadline()

"""One step of the engine: what came in is decided, written, and then acted on."""

from collections.abc import Callable, Iterable

from laststop.engine.apply import apply
from laststop.engine.ports import Executor, Gate, Journal
from laststop.pipeline.due import due, next_deadline
from laststop.pipeline.inputs import AnyInput, Begin, Report, TimePassed
from laststop.pipeline.starts import wants_to_begin
from laststop.pipeline.state import State
from laststop.words.bill import Bill
from laststop.words.ids import RunId
from laststop.words.instants import Instant


class Engine:
    """Drives one pipeline.

    `step` is all there is: start-up, work and recovery are the same call. Everything decided in a step is
    one commit; commands start after it, so no transaction spans I/O, and whatever a crash interrupts is due
    again at the next start.
    """

    def __init__(
        self,
        *,
        pipeline: str,
        journal: Journal,
        executor: Executor,
        gate: Gate,
        clock: Callable[[], Instant],
        draw: Callable[[], RunId],
        at_once: bool = False,
    ) -> None:
        """`clock` tells the time, `draw` makes the id of a new run.

        `at_once` has a source that moved begin a run as CodePipeline does, not as late as can be.
        """
        self._undecided: list[Report] = []
        self._pipeline = pipeline
        self._journal = journal
        self._executor = executor
        self._gate = gate
        self._clock = clock
        self._draw = draw
        self._at_once = at_once

    def step(self, inputs: Iterable[AnyInput] = ()) -> bool:
        """Decide everything that came in; True when anything was written.

        Raises: TransientError when the store cannot be written now. Nothing is started then, and reports that
            had come in are decided by the next step: a full disk must not build again what was built.
        """
        self._undecided.extend(self._executor.reports())
        asked: list[AnyInput] = [*inputs, *self._undecided]
        state = self._journal.state(self._pipeline)
        wrote = False
        if asked or self._overdue(state) or self._wanted(state):
            state, wrote = self._decide(asked)
            self._undecided.clear()
        self._act(state)
        return wrote

    def _decide(self, asked: list[AnyInput]) -> tuple[State, bool]:
        with self._journal.transaction() as writing:
            now = self._clock()
            before = writing.state(self._pipeline)
            state = before
            for one in asked:
                state = apply(writing, state, one, now).state
            if self._overdue(state):
                state = apply(writing, state, TimePassed(), now).state
            if self._wanted(state):
                begin = Begin(run=self._draw(), heads=self._heads(state), at_once=self._at_once)
                state = apply(writing, state, begin, now).state
            if state is not before:
                writing.save_state(state)
        return state, state is not before

    def _wanted(self, state: State) -> bool:
        return wants_to_begin(state, at_once=self._at_once) and self._gate.held() is None

    def _overdue(self, state: State) -> bool:
        deadline = next_deadline(state)
        return deadline is not None and deadline <= self._clock()

    def _heads(self, state: State) -> Bill:
        sources = state.declaration.sources() if state.declaration else ()
        return self._gate.heads((a.name, a.action_type_id.text, a.configuration) for a in sources)

    def _act(self, state: State) -> None:
        """Start what is due and not running; let go of what runs and is not due."""
        wanted = {command.name: command for command in due(state)}
        running = self._executor.running()
        for name in running - wanted.keys():
            self._executor.cancel(name)
        for name, command in wanted.items():
            if name not in running:
                self._executor.start(command)

    def next_deadline(self) -> Instant | None:
        """When `step` must be called at the latest, if nothing else happens."""
        return next_deadline(self._journal.state(self._pipeline))

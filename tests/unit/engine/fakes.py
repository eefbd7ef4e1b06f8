"""A journal, an executor and a gate in memory, which note in one diary what was done to them."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from laststop.engine.loop import Engine
from laststop.errors import TransientError
from laststop.pipeline.declaration import Pipeline
from laststop.pipeline.due import Command
from laststop.pipeline.inputs import Continued, Declare, Report, Succeeded
from laststop.pipeline.state import State, decode_state, encode_state
from laststop.words.bill import Bill
from laststop.words.fact import Fact
from laststop.words.facts import decode_fact, encode_fact
from laststop.words.failure import Failure
from laststop.words.ids import RunId
from unit.pipeline.bench import LINE, MORNING, heads, made, revision, run_id

Outcome = Succeeded | Continued | Failure


class FakeWriting:
    """One transaction: nothing of it counts before its commit."""

    def __init__(self, state: State) -> None:
        self._state = state
        self.facts: list[bytes] = []
        self.saved: bytes | None = None

    def state(self, pipeline: str) -> State:
        assert pipeline == self._state.pipeline
        return self._state

    def append(self, fact: Fact) -> int:
        self.facts.append(encode_fact(fact))
        return len(self.facts)

    def save_state(self, state: State) -> None:
        self.saved = encode_state(state)


class FakeJournal:
    """Keeps bytes, as a file would, and so survives a killed process."""

    def __init__(self, diary: list[str]) -> None:
        self._diary = diary
        self._facts: list[bytes] = []
        self._state = encode_state(State(pipeline="flow"))
        self.broken = False
        self.commits = 0
        self.begun = 0

    def facts(self) -> list[Fact]:
        return [decode_fact(body) for body in self._facts]

    def state(self, pipeline: str) -> State:
        state = decode_state(self._state)
        assert state.pipeline == pipeline
        return state

    @contextmanager
    def transaction(self) -> Iterator[FakeWriting]:
        self.begun += 1
        writing = FakeWriting(decode_state(self._state))
        yield writing
        if self.broken:
            raise TransientError("the disk is full")
        assert (writing.saved is None) == (not writing.facts), "facts and state belong together"
        if writing.saved is not None:
            self._facts.extend(writing.facts)
            self._state = writing.saved
            self.commits += 1
            self._diary.append("commit")


class FakeExecutor:
    """Ends its commands when the test says so."""

    def __init__(self, diary: list[str]) -> None:
        self._diary = diary
        self._running: dict[str, Command] = {}
        self._ended: list[tuple[str, Report]] = []

    def start(self, command: Command) -> None:
        assert command.name not in self._running
        self._running[command.name] = command
        self._diary.append(f"start {command.name}")

    def cancel(self, name: str) -> None:
        assert name in self._running
        self._diary.append(f"cancel {name}")

    def running(self) -> frozenset[str]:
        return frozenset(self._running)

    def reports(self) -> list[Report]:
        ended, self._ended = self._ended, []
        for name, _ in ended:
            del self._running[name]
        return [report for _, report in ended]

    def end(self, action: str, outcome: Outcome | None = None) -> None:
        """The command of an action ends; well, unless an outcome is given."""
        name, command = next((n, c) for n, c in self._running.items() if c.key.action == action)
        report = Report(key=command.key, job=command.job, outcome=outcome or success(command))
        self._ended.append((name, report))

    def end_all(self) -> None:
        for command in list(self._running.values()):
            self.end(command.key.action)


def success(command: Command) -> Succeeded:
    is_source = command.provider.startswith("Source/")
    return Succeeded(
        artifacts=tuple(made(name, command.key.text) for name in command.outputs),
        revision=revision(command.key.action, "1") if is_source else None,
    )


class FakeGate:
    """Says what the test wants it to."""

    def __init__(self) -> None:
        self.hold: str | None = None
        self.bill = heads("")
        self.asked: list[list[tuple[str, str, dict[str, str]]]] = []

    def held(self) -> str | None:
        return self.hold

    def heads(self, sources: Iterable[tuple[str, str, dict[str, str]]]) -> Bill:
        self.asked.append(list(sources))
        return self.bill


class Desk:
    """An engine with all it needs; `kill` leaves only the journal."""

    def __init__(self, pipeline: Pipeline | None = LINE, *, begin: bool = True) -> None:
        """`begin` lets the first run begin, as it does in a new home; None leaves the pipeline undeclared."""
        self.diary: list[str] = []
        self.now = MORNING
        self.drawn = 0
        self.journal = FakeJournal(self.diary)
        self.gate = FakeGate()
        self.kill()
        self.gate.hold = None if begin else "not yet"
        if pipeline is not None:
            self.engine.step([Declare(declaration=pipeline)])

    def kill(self) -> None:
        """The process is gone with its threads, and another one begins."""
        self.executor = FakeExecutor(self.diary)
        self.engine = Engine(
            pipeline="flow",
            journal=self.journal,
            executor=self.executor,
            gate=self.gate,
            clock=lambda: self.now,
            draw=self._draw,
        )

    def _draw(self) -> RunId:
        self.drawn += 1
        return run_id(str(self.drawn))

    def read(self) -> list[str]:
        """The diary since it was last read, without the runs' names."""
        read = [line.replace("run-1/", "") for line in self.diary]
        self.diary.clear()
        return read

    def pass_stages(self, count: int) -> None:
        """Everything at work ends well, so many times."""
        for _ in range(count):
            self.executor.end_all()
            self.engine.step()

"""Runs commands in threads and collects their ends."""

import queue
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping

from laststop.engine.providers import Outcome, Provider
from laststop.errors import LaststopError
from laststop.pipeline.due import Command
from laststop.pipeline.inputs import Report
from laststop.words.failure import Failure

IDLE_WORKERS_MAX = 16
"""Threads kept for the next commands; starting one costs as much as a small action does."""

Task = tuple[Command, threading.Event]


class _Worker:
    """A thread that does one command after another, and waits in between."""

    def __init__(self, do: Callable[["_Worker", Command, threading.Event], None]) -> None:
        self._tasks: queue.SimpleQueue[Task | None] = queue.SimpleQueue()
        self._do = do
        self.thread = threading.Thread(target=self._run, name="command", daemon=True)
        self.thread.start()

    def give(self, task: Task | None) -> None:
        """The next command; None ends the thread."""
        self._tasks.put(task)

    def _run(self) -> None:
        while (task := self._tasks.get()) is not None:
            self._do(self, *task)


class ThreadExecutor:
    """A thread for every command under way; commands are few, and each is a build, an upload or a wait.

    Concurrency: `start`, `cancel`, `running`, `reports` and `close` are called by the engine's thread only.
    """

    def __init__(self, providers: Mapping[str, Provider], ring: Callable[[], None]) -> None:
        """`providers` by action type (`Source/AWS/S3/1`); `ring` is called when something has ended."""
        self._providers = providers
        self._ring = ring
        self._running: dict[str, tuple[_Worker, threading.Event]] = {}
        self._idle: deque[_Worker] = deque()
        self._ended: queue.SimpleQueue[tuple[str, Report | None]] = queue.SimpleQueue()
        self._closed = False

    def start(self, command: Command) -> None:
        """Begin a command in a thread that has nothing else to do."""
        if self._closed:
            return
        cancelled = threading.Event()
        try:
            worker = self._idle.pop()
        except IndexError:
            worker = _Worker(self._run)
        self._running[command.name] = (worker, cancelled)
        worker.give((command, cancelled))

    def cancel(self, name: str) -> None:
        """Tell a command that nobody waits for it."""
        found = self._running.get(name)
        if found is not None:
            found[1].set()

    def running(self) -> frozenset[str]:
        """The names of the commands begun and not yet reported."""
        return frozenset(self._running)

    def reports(self) -> list[Report]:
        """What ended since the last call."""
        ended = []
        while not self._ended.empty():
            name, report = self._ended.get()
            self._running.pop(name, None)
            if report is not None:
                ended.append(report)
        return ended

    def close(self, grace_seconds: float = 10.0) -> None:
        """Cancel everything and wait a while; what is cut off here is due again at the next start.

        Units: `grace_seconds` for all of it together.
        """
        self._closed = True
        for worker, cancelled in self._running.values():
            cancelled.set()
            worker.give(None)
        while self._idle:
            self._idle.pop().give(None)
        deadline = time.monotonic() + grace_seconds
        for worker, _ in list(self._running.values()):
            worker.thread.join(max(0.0, deadline - time.monotonic()))

    def _run(self, worker: _Worker, command: Command, cancelled: threading.Event) -> None:
        outcome = self._outcome(command, cancelled)
        if self._closed:
            return
        if len(self._idle) < IDLE_WORKERS_MAX:
            self._idle.append(worker)
        else:
            worker.give(None)
        report = None
        if outcome is not None:
            report = Report(key=command.key, job=command.job, outcome=outcome)
        self._ended.put((command.name, report))
        self._ring()

    def _outcome(self, command: Command, cancelled: threading.Event) -> Outcome | None:
        """Every end is an outcome: a provider that breaks fails its action, never the engine."""
        provider = self._providers.get(command.provider)
        if provider is None:
            return Failure(code="ConfigurationError", message=f"no provider here does {command.provider}")
        try:
            return provider.run(command, cancelled)
        except LaststopError as error:
            hint = f" ({error.hint})" if error.hint else ""
            return Failure(code=error.code, message=f"{error}{hint}")
        except BaseException as error:  # noqa: BLE001 a broken provider must end its action, with its name
            return Failure(code="InternalError", message=f"{type(error).__name__}: {error}")

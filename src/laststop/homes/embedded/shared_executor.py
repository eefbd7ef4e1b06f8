"""One executor for many pipelines: each engine sees its own commands and reports alone."""

from collections import deque

from laststop.engine.ports import Executor
from laststop.pipeline.due import Command
from laststop.pipeline.inputs import Report
from laststop.words.ids import RunId


class SharedExecutor:
    """Hands out shares of an executor; whose a command is follows from its run.

    Concurrency: shares are used by the thread of the loop only, as the executor itself.
    """

    def __init__(self, executor: Executor) -> None:
        """`executor` is asked by nobody else for reports."""
        self._executor = executor
        self._owners: dict[RunId, str] = {}
        self._waiting: dict[str, deque[Report]] = {}
        self.cancel = executor.cancel

    def share(self, pipeline: str) -> "ExecutorShare":
        """The executor as the engine of one pipeline sees it."""
        self._waiting.setdefault(pipeline, deque())
        return ExecutorShare(self, pipeline)

    def start(self, command: Command) -> None:
        """Begin a command, and remember whose it is."""
        self._owners[command.key.run] = command.pipeline
        self._executor.start(command)

    def running(self, pipeline: str) -> frozenset[str]:
        """The commands of one pipeline that were begun and not yet reported."""
        return frozenset(
            name for name in self._executor.running() if self._owners.get(_run_of(name)) == pipeline
        )

    def reports(self, pipeline: str) -> list[Report]:
        """What ended of one pipeline since it asked last; what ended of others waits for them."""
        for report in self._executor.reports():
            self._waiting[self._owners[report.key.run]].append(report)
        ended = list(self._waiting[pipeline])
        self._waiting[pipeline].clear()
        if ended:
            self._forget()
        return ended

    def _forget(self) -> None:
        """Runs of which nothing is under way any more."""
        current = {_run_of(name) for name in self._executor.running()}
        current |= {report.key.run for reports in self._waiting.values() for report in reports}
        self._owners = {run: owner for run, owner in self._owners.items() if run in current}


class ExecutorShare:
    """The `Executor` port for one pipeline."""

    def __init__(self, shared: SharedExecutor, pipeline: str) -> None:
        """Made by `SharedExecutor.share`."""
        self._shared = shared
        self._pipeline = pipeline
        self.start = shared.start
        self.cancel = shared.cancel

    def running(self) -> frozenset[str]:
        """The pipeline's commands under way."""
        return self._shared.running(self._pipeline)

    def reports(self) -> list[Report]:
        """What ended of the pipeline since the last call."""
        return self._shared.reports(self._pipeline)


def _run_of(name: str) -> RunId:
    """The run that a command's name begins with."""
    return RunId(name.partition("/")[0])

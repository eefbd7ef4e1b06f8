"""`Invoke/AWS/Lambda/1`: calls a function, ours or one of the project's, with CodePipeline's event."""

import threading
import time
from collections.abc import Callable, Mapping
from typing import Any, Protocol

from laststop.engine.providers import Cancelled, Outcome, Provider
from laststop.errors import NotFoundError, UsageError
from laststop.functions.ports import JobContext, Jobs, Waiting
from laststop.homes.embedded.jobs.event import job_of
from laststop.pipeline.due import Command
from laststop.pipeline.inputs import Continued, Succeeded
from laststop.pipeline.job import encode_job
from laststop.words.failure import Failure

Handler = Callable[[dict[str, Any], Jobs, Waiting], None]
"""A function as the home runs it: the event, where to report, and how to wait."""


class Others(Provider, Protocol):
    """Runs the functions that are not ours."""

    @property
    def names(self) -> tuple[str, ...]:
        """Those it runs."""
        ...


class Patience:
    """Waits as long as somebody waits for the action."""

    def __init__(self, cancelled: Cancelled) -> None:
        """The clock starts here."""
        self._cancelled = cancelled
        self._began = time.monotonic()

    def wait(self, seconds: float) -> bool:
        """Sleep so long; False when the action was given up."""
        return not self._cancelled.wait(seconds)

    def elapsed_seconds(self) -> float:
        """Since the function was called."""
        return time.monotonic() - self._began


class OneJob:
    """The result side of a single job; the first report counts, as with CodePipeline."""

    def __init__(self, job_id: str, context: JobContext) -> None:
        """Nothing is reported yet."""
        self._id = job_id
        self._context = context
        self._lock = threading.Lock()
        self.outcome: Outcome | None = None

    def context(self, job_id: str) -> JobContext:
        """Which attempt the job is for."""
        self._check(job_id)
        return self._context

    def succeed(self, job_id: str, *, summary: str = "", variables: dict[str, str] | None = None) -> None:
        """Note a good end."""
        self._report(job_id, Succeeded(summary=summary, variables=variables or {}))

    def go_on(self, job_id: str, *, token: str) -> None:
        """Note a continuation."""
        self._report(job_id, Continued(token=token))

    def fail(self, job_id: str, failure: Failure) -> None:
        """Note a bad end."""
        self._report(job_id, failure)

    def _report(self, job_id: str, outcome: Outcome) -> None:
        self._check(job_id)
        with self._lock:
            self.outcome = self.outcome or outcome

    def _check(self, job_id: str) -> None:
        if job_id != self._id:
            raise NotFoundError(f"no job has the id {job_id}")


class Invoke:
    """Calls our own functions in process, and the project's through whoever runs those.

    Results come back through the same calls as on AWS.
    """

    def __init__(self, handlers: Mapping[str, Handler], others: Others | None = None) -> None:
        """`handlers` by FunctionName; `others` are the project's own functions."""
        self._handlers = handlers
        self._others = others

    def run(self, command: Command, cancelled: Cancelled) -> Outcome | None:
        """Call the function; one of ours that returns without reporting fails its action at once."""
        name = command.configuration["FunctionName"]
        if self._others is not None and name in self._others.names:
            return self._others.run(command, cancelled)
        handler = self._handlers.get(name)
        if handler is None:
            known = sorted({*self._handlers, *(self._others.names if self._others else ())})
            raise UsageError(f'no function is named "{name}"', hint=f"known here: {', '.join(known)}")
        job = job_of(command)
        reported = OneJob(job.id, JobContext(pipeline=command.pipeline, key=command.key))
        handler(encode_job(job), reported, Patience(cancelled))
        return reported.outcome or Failure(
            code="JobFailed", message=f"{name} ended without reporting a result"
        )

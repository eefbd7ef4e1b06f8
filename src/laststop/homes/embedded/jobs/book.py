"""The job book: results that come from outside find their attempt by the job's id.

A job's id follows from its attempt, so the book keeps nothing of its own: a result is looked up among what is
due, and decided and written like any other input. It may therefore come after a restart, or to a server that
never issued the job.
"""

import threading
from collections.abc import Callable, Iterator
from typing import Protocol

import msgspec

from laststop.engine.apply import apply
from laststop.functions.ports import JobContext
from laststop.homes.embedded.jobs.event import job_id_of, job_of
from laststop.homes.embedded.store.journal import Store, Transaction, View
from laststop.homes.embedded.store.statements import load
from laststop.pipeline.control import ControlError
from laststop.pipeline.due import Command, due
from laststop.pipeline.inputs import Continued, Refused, Report, Succeeded
from laststop.pipeline.job import Job
from laststop.pipeline.variables import OUTPUT_BYTES_MAX, size_bytes
from laststop.words.artifact import Artifact
from laststop.words.failure import Failure
from laststop.words.ids import AttemptKey, RunId
from laststop.words.instants import Instant

_REMEMBERED_RUNS = 200
_SQL = load("jobs.sql")


class JobEnd(msgspec.Struct, frozen=True, kw_only=True):
    """A good end as `PutJobSuccessResult` tells it."""

    summary: str = ""
    external_id: str = ""
    variables: dict[str, str] = {}


class Outputs(Protocol):
    """Where functions upload the outputs their jobs promise."""

    def take(self, command: Command) -> tuple[tuple[Artifact, ...], tuple[str, ...]]:
        """The outputs that were uploaded, now kept as artifacts, and the names of those that were not."""
        ...


class JobBook:
    """The `Jobs` port over the store; for the API, and for functions in processes of their own.

    Concurrency: any thread of the server.
    """

    def __init__(self, store: Store, outputs: Outputs, *, clock: Callable[[], Instant]) -> None:
        """A server that calls functions says so with `attend`."""
        self._store = store
        self._outputs = outputs
        self._clock = clock
        self._ring: Callable[[], None] = _nobody
        self._event: Callable[[Command], Job] = job_of
        self._lock = threading.Lock()
        self._reported: set[str] = set()

    def attend(self, *, ring: Callable[[], None], event: Callable[[Command], Job]) -> None:
        """From now on `ring` is called after every result; `event` is what functions are told of a job."""
        self._ring = ring
        self._event = event

    def command(self, job_id: str) -> Command:
        """What a job that is under way works on.

        Raises: ControlError: `JobNotFoundException`, or `InvalidJobStateException` when it has ended.
        """
        with self._store.view() as view:
            return _under_way(view, job_id)

    def job(self, job_id: str) -> Job:
        """The same as the function's event tells it; raises as `command`."""
        return self._event(self.command(job_id))

    def commands(self) -> tuple[Command, ...]:
        """Everything under way, of all pipelines."""
        with self._store.view() as view:
            return tuple(_all_due(view))

    def context(self, job_id: str) -> JobContext:
        """Which attempt a job is for; raises as `command`."""
        command = self.command(job_id)
        return JobContext(pipeline=command.pipeline, key=command.key)

    def succeed(
        self,
        job_id: str,
        *,
        summary: str = "",
        variables: dict[str, str] | None = None,
        external_id: str = "",
    ) -> None:
        """The job ended well; its outputs become artifacts. One that was not uploaded fails the action.

        Raises: ControlError as `command`, and `OutputVariablesSizeExceededException`.
        """
        end = JobEnd(summary=summary, external_id=external_id, variables=variables or {})
        size = size_bytes(end.variables)
        if size > OUTPUT_BYTES_MAX:
            message = f"the output variables take {size} bytes; at most {OUTPUT_BYTES_MAX} are kept"
            raise ControlError(Refused(code="OutputVariablesSizeExceededException", message=message))
        # outside the transaction: an artifact may be large, and nobody else ends this job meanwhile unnoticed
        self._decide(job_id, self._good(self.command(job_id), end))

    def go_on(self, job_id: str, *, token: str) -> None:
        """The job ended and the next one begins, with the token and an id of its own; raises as `command`."""
        self._decide(job_id, Continued(token=token))

    def fail(self, job_id: str, failure: Failure) -> None:
        """The job ended badly; raises as `command`."""
        self._decide(job_id, failure)

    def reported(self, job_id: str) -> bool:
        """Whether this server has taken a result for the job."""
        with self._lock:
            return job_id in self._reported

    def forget(self, job_id: str) -> None:
        """Nobody here will ask about the job any more."""
        with self._lock:
            self._reported.discard(job_id)

    def _good(self, command: Command, end: JobEnd) -> Succeeded | Failure:
        artifacts, missing = self._outputs.take(command)
        if missing:
            named = ", ".join(missing)
            return Failure(
                code="JobFailed",
                message=f"the job reported success without uploading its output {named}",
            )
        return Succeeded(
            artifacts=artifacts, variables=end.variables, summary=end.summary, external_id=end.external_id
        )

    def _decide(self, job_id: str, outcome: Succeeded | Continued | Failure) -> None:
        marked = False
        try:
            with self._store.transaction() as transaction:
                self._write(transaction, job_id, outcome)
                with self._lock:  # before the commit, after which the engine lets go of the function
                    self._reported.add(job_id)
                marked = True
        except BaseException:
            if marked:
                self.forget(job_id)
            raise
        self._ring()

    def _write(self, transaction: Transaction, job_id: str, outcome: Succeeded | Continued | Failure) -> None:
        command = _under_way(transaction, job_id)
        report = Report(key=command.key, job=command.job, outcome=outcome)
        applied = apply(transaction, transaction.state(command.pipeline), report, self._clock())
        if applied.refused is not None:
            raise ControlError(applied.refused)
        transaction.save_state(applied.state)


def _under_way(view: View, job_id: str) -> Command:
    for command in _all_due(view):
        if job_id_of(command.key, command.job) == job_id:
            return command
    if _has_been(view, job_id):
        raise ControlError(
            Refused(code="InvalidJobStateException", message=f"the job {job_id} has ended already")
        )
    raise ControlError(Refused(code="JobNotFoundException", message=f"no job has the id {job_id}"))


def _all_due(view: View) -> Iterator[Command]:
    for (pipeline,) in view.connection.execute(_SQL["pipelines"]).fetchall():
        yield from due(view.state(pipeline))


def _has_been(view: View, job_id: str) -> bool:
    """Whether the id is that of an ended job of one of the newest runs; older ones are as good as unknown."""
    for run, stage, action, attempt, jobs in view.connection.execute(_SQL["jobs"], (_REMEMBERED_RUNS,)):
        key = AttemptKey(run=RunId(run), stage=stage, action=action, attempt=attempt)
        if any(job_id_of(key, job) == job_id for job in range(jobs + 1)):
            return True
    return False


def _nobody() -> None:
    """Nobody waits here: the server, if there is one, sees the store change."""

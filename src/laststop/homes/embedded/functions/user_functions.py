"""The project's own functions: any Python file, called with CodePipeline's event as Lambda would call it.

What is promised of a function is what Lambda promises of an asynchronous call: what it returns is ignored,
its result comes as `PutJobSuccessResult` or `PutJobFailureResult`, and one that raises is called again, with
the same job id. How long an action may go without a result is the pipeline's rule.
"""

import os
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

import msgspec

from laststop.engine.providers import Cancelled, Outcome
from laststop.errors import TransientError
from laststop.homes.embedded.builder.environment import passed_always, search_path
from laststop.homes.embedded.builder.log import BuildLog
from laststop.homes.embedded.builder.orphan import canonical, end_orphan
from laststop.homes.embedded.builder.workspace import make_empty
from laststop.homes.embedded.folders import Folders
from laststop.homes.embedded.functions.invocation import Ended, Invocation, invoke, lambda_environment
from laststop.homes.embedded.jobs.book import JobBook
from laststop.homes.embedded.jobs.event import Keys, job_of
from laststop.pipeline.due import Command
from laststop.pipeline.job import encode_job
from laststop.words.failure import Failure

TRIES: Final = 3
"""An asynchronous call that fails is made again twice. Source: AWS Lambda developer guide, read 2026-11."""
RETRY_SECONDS: Final = (1.0, 2.0)
"""Before the second and the third try; Lambda waits one and two minutes."""
CONTINUATION_SECONDS: Final = 2.0
"""Before a job that goes on; CodePipeline's own delay is not documented, and is longer."""
TAIL_SECONDS: Final = 60.0
"""How long a function may go on after it has reported."""
PHASE: Final = "INVOKE"
"""What the log of a function calls its lines' phase."""


class FunctionSettings(msgspec.Struct, frozen=True, kw_only=True):
    """One function as the project names it.

    `environment` are its own variables, `secrets` those of them that no log may show.
    """

    file: Path
    handler: str
    timeout_seconds: int
    environment: dict[str, str] = {}
    secrets: tuple[str, ...] = ()


class Surroundings(msgspec.Struct, frozen=True, kw_only=True):
    """What every function finds around it: where to report, where artifacts are, and with which keys."""

    codepipeline_url: str
    s3_url: str
    region: str
    keys: Keys
    secrets: tuple[str, ...] = ()


class UserFunctions:
    """Calls functions in processes of their own and waits for what they report.

    Concurrency: any number of commands side by side, each in a thread of its own.
    """

    def __init__(
        self,
        functions: Mapping[str, FunctionSettings],
        *,
        book: JobBook,
        folders: Folders,
        surroundings: Callable[[], Surroundings],
        server: Mapping[str, str] | None = None,
        retry_seconds: tuple[float, ...] = RETRY_SECONDS,
    ) -> None:
        """`surroundings` is asked when a function is called; `server` is the environment of this process."""
        self._functions = functions
        self._book = book
        self._folders = folders
        self._surroundings = surroundings
        self._server = dict(os.environ if server is None else server)
        self._retry_seconds = retry_seconds
        self._closing = threading.Event()

    @property
    def names(self) -> tuple[str, ...]:
        """The functions there are."""
        return tuple(sorted(self._functions))

    def close(self) -> None:
        """From now on nothing is called, and what runs is ended, also what has reported already."""
        self._closing.set()

    def run(self, command: Command, cancelled: Cancelled) -> Outcome | None:
        """Call the function until it has returned or reported, then wait for its result.

        A function that returned without one may have handed the job to somebody else: as on AWS the action
        then waits, as long as the pipeline lets it.
        """
        surroundings = self._surroundings()
        job = job_of(command, surroundings.keys)
        settings = self._functions[job.function]
        workspace = _workspace(self._folders, command)
        secrets = (*surroundings.secrets, *settings.secrets)
        log: BuildLog | None = None
        try:
            end_orphan(str(workspace))
            make_empty(workspace)
            log = BuildLog(self._folders.log(command.key), secrets, shown_as={})
            log.phase = PHASE
            invocation = self.invocation(
                job.function, encode_job(job), job.id, workspace=workspace, surroundings=surroundings
            )
            call = _Call(
                invocation, workspace, log, self._book, cancelled, self._closing, self._retry_seconds
            )
            return call.run(continued=command.job > 0)
        except OSError as error:
            raise TransientError(f"{job.function} cannot be called: {error}") from error
        finally:
            if log is not None:
                log.close()
            self._book.forget(job.id)

    def secrets(self, name: str) -> tuple[str, ...]:
        """What no log of a function may show."""
        return (*self._surroundings().secrets, *self._functions[name].secrets)

    def invocation(
        self,
        name: str,
        event: dict[str, Any],
        request_id: str,
        *,
        workspace: Path,
        surroundings: Surroundings | None = None,
    ) -> Invocation:
        """What a call of a function is, with everything it finds around it; the workspace exists."""
        around = surroundings or self._surroundings()
        settings = self._functions[name]
        temporary = workspace / "tmp"
        temporary.mkdir()
        given = {
            **passed_always(self._server),
            "PATH": search_path(self._server, workspace),
            "TMPDIR": str(temporary),
            "AWS_ACCESS_KEY_ID": around.keys.access_key_id,
            "AWS_SECRET_ACCESS_KEY": around.keys.secret_access_key,
            "AWS_SESSION_TOKEN": around.keys.session_token,
            "AWS_EC2_METADATA_DISABLED": "true",
            **settings.environment,
        }
        environment = lambda_environment(
            name,
            settings.file,
            settings.handler,
            region=around.region,
            request_id=request_id,
            passed=given,
        )
        endpoints = {
            "AWS_ENDPOINT_URL_CODEPIPELINE": around.codepipeline_url,
            "AWS_ENDPOINT_URL_S3": around.s3_url,
        }
        return Invocation(
            file=settings.file,
            handler=settings.handler,
            event=event,
            request_id=request_id,
            timeout_seconds=settings.timeout_seconds,
            environment={**environment, **endpoints},
        )


def _workspace(folders: Folders, command: Command) -> Path:
    """A folder of the job's own: the job before it may still be tidying up in its."""
    folder = folders.workspace(command.key)
    return canonical(str(folder.with_name(f"{folder.name}+{command.job}") if command.job else folder))


class _Call:
    """One job: its tries, and the wait for its result."""

    def __init__(
        self,
        invocation: Invocation,
        workspace: Path,
        log: BuildLog,
        book: JobBook,
        cancelled: Cancelled,
        closing: threading.Event,
        retry_seconds: tuple[float, ...],
    ) -> None:
        self._invocation = invocation
        self._job_id = invocation.request_id
        self._workspace = workspace
        self._log = log
        self._book = book
        self._cancelled = cancelled
        self._closing = closing
        self._retry_seconds = retry_seconds
        self._reported_at: float | None = None

    def run(self, *, continued: bool) -> Failure | None:
        if continued and self._cancelled.wait(CONTINUATION_SECONDS):
            return None
        ended = Ended()
        for number in range(1, TRIES + 1):
            ended = self._try(number)
            if self._over():
                return None
            if not ended.error:
                self._await_result()
                return None
            if number < TRIES and self._cancelled.wait(self._retry_seconds[number - 1]):
                return None
        return Failure(
            code="JobFailed",
            message=self._log.masked(f"the function failed {TRIES} times: {ended.error}"),
            phase=PHASE,
            lines=self._log.last_lines,
        )

    def _try(self, number: int) -> Ended:
        self._log.say(f"call {number} of at most {TRIES}, job {self._job_id}")
        self._log.start_command()
        began = time.monotonic()
        ended = invoke(
            self._invocation,
            workspace=self._workspace,
            output=self._log.take,
            given_up=self._given_up,
        )
        self._log.end_command()
        took = f"after {time.monotonic() - began:.2f} s"
        if ended.given_up:
            self._log.say(f"ended {took}: nobody waits for it")
        elif ended.error:
            self._log.say(f"failed {took}: {ended.error}")
        else:
            self._log.say(f"returned {took}")
        return ended

    def _over(self) -> bool:
        return self._cancelled.is_set() or self._book.reported(self._job_id)

    def _given_up(self) -> bool:
        """Whether to end it now: one that has reported may tidy up, as on AWS, but not for ever."""
        if self._closing.is_set():
            return True
        if self._book.reported(self._job_id):
            self._reported_at = self._reported_at or time.monotonic()
            return time.monotonic() - self._reported_at > TAIL_SECONDS
        return self._cancelled.is_set()

    def _await_result(self) -> None:
        """Until the engine lets go of the job: somebody reported, its time is over, or its run is."""
        if not self._over():
            self._log.say("no result yet: waiting for PutJobSuccessResult or PutJobFailureResult")
            self._cancelled.wait()

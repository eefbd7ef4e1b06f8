"""One invocation of a user's function: a process, its output, and its end."""

import os
import selectors
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import IO, Any, Final

import msgspec

from laststop.homes.embedded.builder import orphan, processes

_HOST: Final = Path(__file__).with_name("host.py")
_PIPE_BYTES: Final = 64 * 1024
_ERROR_CHARACTERS_MAX: Final = 2000
_ANSWER_BYTES_MAX: Final = 256 * 1024
_TICK_SECONDS: Final = 0.1
_DRAIN_READS: Final = 16
_REAP_SECONDS: Final = 1.0
GRACE_SECONDS: Final = 2.0
"""How long a function that is ended has between TERM and KILL."""


class Invocation(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be called with what. Units: `timeout_seconds` from its start."""

    file: Path
    handler: str
    event: dict[str, Any]
    request_id: str
    timeout_seconds: float
    environment: dict[str, str]


class Ended(msgspec.Struct, frozen=True, kw_only=True):
    """How it ended: `error` is empty when the handler returned; `given_up` when it was not let end."""

    error: str = ""
    given_up: bool = False


class _Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What the host says: nothing, or a failure."""

    type: str = ""
    message: str = ""


def invoke(
    invocation: Invocation,
    *,
    workspace: Path,
    output: Callable[[bytes], None],
    given_up: Callable[[], bool],
) -> Ended:
    """Call the function and block until nothing of it runs any more.

    `workspace` is its own folder, by which a later server finds what a killed one left; `output` takes what
    it prints; `given_up` tells that nobody waits for it: then it is ended.

    Raises: OSError when the process cannot be started, or what `output` raises; all is ended nevertheless.
    """
    running = _Running(invocation, workspace, output)
    try:
        return running.run(given_up)
    finally:
        running.close()


class _Running:
    """One process under way, led by one thread."""

    def __init__(self, invocation: Invocation, workspace: Path, output: Callable[[bytes], None]) -> None:
        self._invocation = invocation
        self._workspace = workspace
        self._output = output
        self._answer = b""
        self._selector = selectors.DefaultSelector()
        answers, theirs = os.pipe()
        try:
            self._process = subprocess.Popen(
                [sys.executable, "-u", "-P", str(_HOST), str(theirs)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                env={**invocation.environment, processes.MARK: str(workspace)},
                cwd=workspace,
                pass_fds=(theirs,),
                start_new_session=True,
                bufsize=0,
            )
        except BaseException:
            os.close(answers)
            raise
        finally:
            os.close(theirs)
        self._answers = answers
        for descriptor in (answers, _of(self._process.stdout).fileno()):
            os.set_blocking(descriptor, False)
            self._selector.register(descriptor, selectors.EVENT_READ)

    def run(self, given_up: Callable[[], bool]) -> Ended:
        orphan.note_shell(self._workspace, self._process.pid)
        self._give_order()
        until = time.monotonic() + self._invocation.timeout_seconds
        while True:
            if given_up():
                return Ended(given_up=True)
            if time.monotonic() >= until:
                limit = f"{self._invocation.timeout_seconds:g}"
                return Ended(error=f"Task timed out after {limit} seconds")
            ended = self._process.poll() is not None  # asked before reading, so that its last words are read
            self._wait(0 if ended else _TICK_SECONDS)
            self._drain()
            if ended or self._answer.endswith(b"\n"):
                return self._ended()

    def _wait(self, seconds: float) -> None:
        if self._selector.get_map():
            self._selector.select(seconds)
        else:
            time.sleep(seconds)

    def close(self) -> None:
        """End everything the function started, also what it left behind."""
        try:
            processes.end(
                self._process.pid,
                str(self._workspace),
                grace_seconds=GRACE_SECONDS,
                meanwhile=lambda: self._drain(keep=False),
            )
            with suppress(subprocess.TimeoutExpired):  # the kernel does not let it die: its note stays
                self._process.wait(_REAP_SECONDS)
                orphan.forget_shell(self._workspace)
        finally:
            self._selector.close()
            with suppress(BrokenPipeError):
                _of(self._process.stdin).close()
            _of(self._process.stdout).close()
            os.close(self._answers)

    def _give_order(self) -> None:
        """Only now: nothing of the function's runs before it can be found again."""
        invocation = self._invocation
        order = {
            "file": str(invocation.file),
            "handler": invocation.handler,
            "event": invocation.event,
            "request_id": invocation.request_id,
            "deadline_ms": int((time.time() + invocation.timeout_seconds) * 1000),
        }
        with suppress(BrokenPipeError):  # it ended at once: that is seen when its end is read
            _of(self._process.stdin).write(msgspec.json.encode(order) + b"\n")

    def _drain(self, *, keep: bool = True) -> None:
        """Read what is there; bounded, because a function may never stop printing."""
        for _ in range(_DRAIN_READS):
            printed = self._read(_of(self._process.stdout).fileno())
            if not printed:
                break
            if keep:
                self._output(printed)
        answer = self._read(self._answers)  # read on in any case: whoever writes must not be kept waiting
        if len(self._answer) < _ANSWER_BYTES_MAX:
            self._answer += answer

    def _read(self, descriptor: int) -> bytes:
        """What a pipe holds; one that was closed at the other end is not waited for any more."""
        try:
            read = os.read(descriptor, _PIPE_BYTES)
        except BlockingIOError:
            return b""
        if not read and descriptor in self._selector.get_map():
            self._selector.unregister(descriptor)
        return read

    def _ended(self) -> Ended:
        self._drain()
        try:
            answer = msgspec.json.decode(self._answer, type=_Answer)
        except msgspec.DecodeError:
            code = self._process.wait()
            how = f"signal {-code}" if code < 0 else f"exit status {code}"
            return Ended(error=f"Runtime.ExitError: the process ended with {how}")
        told = f"{answer.type}: {answer.message}" if answer.type else ""
        return Ended(error=told if len(told) <= _ERROR_CHARACTERS_MAX else f"{told[:_ERROR_CHARACTERS_MAX]}…")


def _of(pipe: IO[bytes] | None) -> IO[bytes]:
    assert pipe is not None  # it was asked for
    return pipe


def lambda_environment(
    name: str, file: Path, handler: str, *, region: str, request_id: str, passed: Mapping[str, str]
) -> dict[str, str]:
    """The variables Lambda sets, over what the function is given.

    Source: AWS Lambda developer guide, "Defined runtime environment variables", read 2026-11.
    """
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    return {
        "TZ": ":UTC",
        **passed,
        "_HANDLER": f"{file.stem}.{handler}",
        "AWS_DEFAULT_REGION": region,
        "AWS_EXECUTION_ENV": f"AWS_Lambda_python{version}",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "128",
        "AWS_LAMBDA_FUNCTION_NAME": name,
        "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
        "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
        "AWS_LAMBDA_LOG_GROUP_NAME": f"/aws/lambda/{name}",
        "AWS_LAMBDA_LOG_STREAM_NAME": request_id.replace("-", ""),
        "AWS_REGION": region,
        "LAMBDA_TASK_ROOT": str(file.parent),
        "PYTHONUNBUFFERED": "1",
    }

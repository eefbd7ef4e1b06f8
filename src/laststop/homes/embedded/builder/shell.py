"""One shell process that runs a build's commands one after another and tells how each ended.

```
 builder --- stdin: what to run next --->  sh   reads a line, sources the command's file, goes on
         <-- status: a named pipe -------       "command 3 ended with 1"
         <-- output: one pipe -----------       stdout and stderr, in order
```

A command is a file the shell sources, so that a block of lines is one command, `cd`, variables, functions and
`set` last, and nothing a command prints can be taken for its status. Commands read `/dev/null`. After each
command, and when the shell exits, it writes down its directory and its exported variables: should a command
end the shell (`exit`, `set -e`, `exec`), the next shell starts from there.
"""

import os
import selectors
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

import msgspec

from laststop.homes.embedded.builder import orphan, processes
from laststop.homes.embedded.builder.script import Script, assignments, writing_values

_PIPE_BYTES = 64 * 1024
_TICK_SECONDS = 0.05
_REAP_SECONDS = 1.0
_DRAIN_READS = 4  # more than a full pipe: what a command wrote before its status has been read then

Output = Callable[[bytes], None]
Interrupted = Callable[[], bool]


class Ended(msgspec.Struct, frozen=True, kw_only=True):
    """How a command ended: its exit status, and whether it took the shell with it."""

    status: int
    shell_ended: bool = False


class Shell:
    """A shell for one build; started with the first command, and again after a command ended it.

    Concurrency: one thread.
    """

    def __init__(
        self,
        program: str,
        workspace: Path,
        directory: Path,
        environment: Mapping[str, str],
        output: Output,
    ) -> None:
        """`directory` is where the first shell starts; our files lie in `<workspace>/control`."""
        self._program = program
        self._workspace = workspace
        self._environment = {**environment, processes.MARK: str(workspace)}
        self._output = output
        self._control = control_directory(workspace)
        self._control.mkdir()
        self._script = Script(self._control)
        self._script.directory.write_text(f"{directory}\n", encoding="utf-8")
        os.mkfifo(self._script.status, 0o600)
        # Open for both, so that it never blocks on, or ends with, a shell that comes or goes.
        self._status = os.open(self._script.status, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
        self._output_read, self._output_write = os.pipe()
        os.set_blocking(self._output_read, False)
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._output_read, selectors.EVENT_READ)
        self._selector.register(self._status, selectors.EVENT_READ)
        self._assigned: dict[str, str] = {}
        self._statuses = b""
        self._number = 0
        self._process: subprocess.Popen[bytes] | None = None
        self._output_error: OSError | None = None

    def run(self, name: str, command: str, interrupted: Interrupted) -> Ended | None:
        """Run one command to its end; None when `interrupted()` said so first, and then it still runs.

        `name` is what the shell's own messages call it.

        Raises: OSError when the shell cannot be started.
        """
        self._number += 1
        path = self._control / name
        path.write_text(f"{command}\n", encoding="utf-8", errors="surrogateescape")
        process = self._living()
        self._send(process, self._script.command(path, self._number))
        return self._await(process, interrupted)

    def assign(self, name: str, value: str) -> None:
        """Set and export a variable in this shell and those that follow it."""
        self._assigned[name] = value
        if self._process is not None and self._process.poll() is None:
            self._send(self._process, assignments({name: value}))

    def values(self, names: tuple[str, ...], interrupted: Interrupted) -> dict[str, str]:
        """The variables of these names that are set, exported or not."""
        if not names:
            return {}
        directory = self._control / "values"
        directory.mkdir(exist_ok=True)
        self.run("values.sh", writing_values(names, directory), interrupted)
        read: dict[str, str] = {}
        for name in names:
            with suppress(FileNotFoundError):  # not set
                read[name] = (directory / name).read_text(encoding="utf-8", errors="replace")
        return read

    def end(self, *, grace_seconds: float, at_once: bool) -> int:
        """End the shell and everything it started; count what had to be told to.

        At once, or after the shell's own end, for which it has the grace too: an EXIT trap may tidy up.

        Raises: OSError when what was still written could not be taken; all is ended nevertheless.
        """
        process = self._process
        told = 0
        if process is not None:
            with suppress(BrokenPipeError):
                _stdin(process).close()
            if not at_once:
                self._await_exit(process, grace_seconds)
            told = processes.end(
                process.pid, str(self._workspace), grace_seconds=grace_seconds, meanwhile=self._drain_anyway
            )
            self._drain_anyway()
            if _is_gone(process):
                orphan.forget_shell(self._workspace)
        self._process = None
        if self._output_error is not None:
            raise self._output_error
        return told

    def close(self) -> None:
        """Let go of the pipes; `end` comes first."""
        self._selector.close()
        for handle in (self._status, self._output_read, self._output_write):
            os.close(handle)

    def _living(self) -> subprocess.Popen[bytes]:
        """The shell, started if none runs."""
        if self._process is not None and self._process.poll() is None:
            return self._process
        process = subprocess.Popen(
            [self._program],
            stdin=subprocess.PIPE,
            stdout=self._output_write,
            stderr=subprocess.STDOUT,
            cwd=self._directory(),
            env=self._environment,
            start_new_session=True,
            bufsize=0,
        )
        ended, self._process = self._process, process
        orphan.note_shell(self._workspace, process.pid)
        if ended is not None:
            _stdin(ended).close()
        self._send(process, self._script.start(restored=ended is not None) + assignments(self._assigned))
        return process

    def _directory(self) -> Path:
        """Where the last shell stood; the workspace when that is gone."""
        noted = Path(
            self._script.directory.read_text(encoding="utf-8", errors="surrogateescape").rstrip("\n")
        )
        return noted if noted.is_dir() else self._workspace

    def _send(self, process: subprocess.Popen[bytes], text: str) -> None:
        with suppress(BrokenPipeError):  # it ended: the wait for its status learns that
            _stdin(process).write(text.encode("utf-8", "surrogateescape"))

    def _await(self, process: subprocess.Popen[bytes], interrupted: Interrupted) -> Ended | None:
        while not interrupted():
            exited = process.poll() is not None  # asked before reading, so that its last words are read
            for key, _ in self._selector.select(0 if exited else _TICK_SECONDS):
                if key.fd == self._output_read:
                    self._read_output()
            status = self._read_status()
            if status is not None or exited:
                self._drain()
                return Ended(status=_exit_status(process) if status is None else status, shell_ended=exited)
        return None

    def _read_status(self) -> int | None:
        with suppress(BlockingIOError):
            self._statuses += os.read(self._status, _PIPE_BYTES)
        *reports, self._statuses = self._statuses.split(b"\n")
        for report in reports:
            number, _, status = report.decode("ascii", "replace").partition(" ")
            if number == str(self._number) and status.isdecimal():
                return int(status)
        return None

    def _await_exit(self, process: subprocess.Popen[bytes], grace_seconds: float) -> None:
        """Wait for the shell's end and not a tick longer, where the system can signal it."""
        until = time.monotonic() + grace_seconds
        with _signalling(self._selector, process.pid):
            while process.poll() is None and time.monotonic() < until:
                self._selector.select(_TICK_SECONDS)
                self._drain_anyway()

    def _drain(self) -> None:
        """Read what is there; bounded, because a process left behind may never stop writing."""
        for _ in range(_DRAIN_READS):
            if not self._read_output():
                return

    def _drain_anyway(self) -> None:
        """While things are being ended: a log that takes no more must not keep them alive."""
        try:
            self._drain()
        except OSError as error:
            self._output_error = error

    def _read_output(self) -> bool:
        with suppress(BlockingIOError):
            chunk = os.read(self._output_read, _PIPE_BYTES)
            self._output(chunk)
            return bool(chunk)
        return False


def control_directory(workspace: Path) -> Path:
    """Where a build's own files lie; readers of its log need not see this path."""
    return workspace / "control"


@contextmanager
def _signalling(selector: selectors.BaseSelector, pid: int) -> Iterator[None]:
    """Let the selector wake when a process ends.

    Limit: without `pidfd_open` (Linux 5.3) it wakes at the next tick.
    """
    opener = getattr(os, "pidfd_open", None)
    try:
        handle = opener(pid) if opener is not None else None
    except OSError:  # it ended already, or the kernel is too old
        handle = None
    if handle is None:
        yield
        return
    try:
        selector.register(handle, selectors.EVENT_READ)
        yield
    finally:
        selector.unregister(handle)
        os.close(handle)


def _is_gone(process: subprocess.Popen[bytes]) -> bool:
    try:
        process.wait(_REAP_SECONDS)
    except subprocess.TimeoutExpired:  # the kernel does not let it die: its note stays for the next try
        return False
    return True


def _stdin(process: subprocess.Popen[bytes]) -> IO[bytes]:
    assert process.stdin is not None  # it was asked for
    return process.stdin


def _exit_status(process: subprocess.Popen[bytes]) -> int:
    """As a shell tells it: a process ended by signal 9 has status 137."""
    code = process.returncode
    return 128 - code if code < 0 else int(code)

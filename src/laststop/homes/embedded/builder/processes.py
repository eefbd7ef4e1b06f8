"""The processes of this machine, as far as ending a build needs them.

A build's shell leads a session of its own. On Linux processes are read from `/proc`, where each also shows
the environment it was started with: a child that left the session is still known by the mark of its build.
Elsewhere `ps` lists process groups, and a child that left its group is not found.
"""

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import msgspec

MARK = "LASTSTOP_WORKSPACE"
"""The variable that marks every process of a build; its value is the build's workspace."""

_PROC = Path("/proc")
_POLL_SECONDS = 0.02
_KILL_SECONDS = 5.0
_ENDED_STATES = "ZXx"


class Process(msgspec.Struct, frozen=True, kw_only=True):
    """One process: its id, its session, when it started (in whatever form this machine tells it)."""

    pid: int
    session: int
    started: str
    ended: bool = False


def find(pid: int) -> Process | None:
    """The process of that id, or None."""
    if _has_proc():
        return _from_proc(_PROC / str(pid))
    return next((process for process in _from_ps(["-p", str(pid)]) if process.pid == pid), None)


def end(session: int | None, mark: str, *, grace_seconds: float, meanwhile: Callable[[], None]) -> int:
    """End the session, and whatever else bears the mark: TERM, then KILL after the grace; count them.

    `meanwhile` is called while waiting, to read what the dying still write.

    Limit: waits a few seconds after KILL, then gives up on what the kernel does not let die.
    """
    found = remaining = _members(session, mark)
    for send, wait_seconds in ((signal.SIGTERM, grace_seconds), (signal.SIGKILL, _KILL_SECONDS)):
        until = time.monotonic() + wait_seconds
        _signal(remaining, send)
        while remaining and time.monotonic() < until:
            time.sleep(_POLL_SECONDS)
            meanwhile()
            remaining = _members(session, mark)
            if send is signal.SIGKILL:
                _signal(remaining, send)  # what was forked meanwhile
    return len(found)


def _members(session: int | None, mark: str) -> list[Process]:
    own = os.getpid()
    if not _has_proc():
        return [p for p in _from_ps(["-A"]) if p.session == session and not p.ended and p.pid != own]
    needle = f"\0{MARK}={mark}\0".encode()
    return [
        process
        for entry in _PROC.iterdir()
        if entry.name.isdecimal() and (process := _from_proc(entry)) is not None
        if not process.ended and process.pid != own
        if process.session == session or _bears(entry, needle)
    ]


def _signal(processes: list[Process], number: signal.Signals) -> None:
    for process in processes:
        with suppress(ProcessLookupError, PermissionError):  # ended meanwhile, or now another user's
            os.kill(process.pid, number)


def _has_proc() -> bool:
    return (_PROC / "self" / "stat").exists()


def _from_proc(entry: Path) -> Process | None:
    try:
        text = (entry / "stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    # The name in parentheses may hold anything, also parentheses: fields count from behind the last one.
    fields = text.rpartition(")")[2].split()
    return Process(
        pid=int(entry.name), session=int(fields[3]), started=fields[19], ended=fields[0] in _ENDED_STATES
    )


def _bears(entry: Path, needle: bytes) -> bool:
    try:
        return needle in b"\0" + (entry / "environ").read_bytes() + b"\0"
    except OSError:
        return False


def _from_ps(selection: list[str]) -> Iterator[Process]:
    command = ["ps", *selection, "-o", "pid=", "-o", "pgid=", "-o", "stat=", "-o", "lstart="]
    environment = {**os.environ, "LC_ALL": "C"}  # the form of the start time must not depend on who asks
    listed = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    for row in listed.stdout.splitlines():
        pid, session, state, started = row.split(None, 3)
        yield Process(
            pid=int(pid), session=int(session), started=started.strip(), ended=state[0] in _ENDED_STATES
        )

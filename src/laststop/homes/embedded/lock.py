"""One server per project: a lock that ends with its process."""

import fcntl
import os
import time
from pathlib import Path
from types import TracebackType
from typing import Self

import msgspec

from laststop.errors import ConflictError
from laststop.homes.embedded.disk import answering

PROBE_SECONDS = 0.2
"""How long a refusal may come from somebody who only looks who holds the lock."""
_AGAIN_SECONDS = 0.01


class Holder(msgspec.Struct, frozen=True, kw_only=True):
    """Who holds the lock, and how to reach it."""

    pid: int
    bell_port: int = 0
    console_url: str = ""
    edge_url: str = ""


class ServerLock:
    """`up` holds it for as long as it lives; the kernel lets go when the process ends, however it ends.

    Limit: a network file system may not honour it; `doctor` says so.
    """

    def __init__(self, path: Path) -> None:
        """Take the lock.

        Raises: ConflictError naming pid and addresses when another server has it.
        """
        self._path = path
        with answering(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            self._file = os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644), "r+b")
            self._take()
        self.note(Holder(pid=os.getpid()))

    def _take(self) -> None:
        """Lock the file, unless a server has it."""
        deadline = time.monotonic() + PROBE_SECONDS
        while not _locked(self._file.fileno(), fcntl.LOCK_EX):
            if time.monotonic() >= deadline:
                self._file.close()
                raise _taken(read_note(self._path))
            time.sleep(_AGAIN_SECONDS)

    def note(self, holder: Holder) -> None:
        """Write down how to reach this server; a reader meanwhile finds the old note or this one."""
        note = msgspec.json.encode(holder)
        before = os.fstat(self._file.fileno()).st_size
        os.pwrite(self._file.fileno(), note.ljust(before), 0)
        os.ftruncate(self._file.fileno(), len(note))

    def release(self) -> None:
        """Let go; safe to call twice."""
        if not self._file.closed:
            os.ftruncate(self._file.fileno(), 0)
            self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()


def read_note(path: Path) -> Holder | None:
    """What the lock file says, whether or not its writer still lives."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=Holder)
    except (OSError, msgspec.DecodeError):
        return None


def holder_of(path: Path) -> Holder | None:
    """Who holds the lock now, or None when nobody does; `pid` is 0 for one that has only just begun."""
    try:
        with path.open("rb") as file:
            if _locked(file.fileno(), fcntl.LOCK_SH):
                return None
    except OSError:
        return None
    return read_note(path) or Holder(pid=0)


def _locked(descriptor: int, how: int) -> bool:
    """Take a lock if it is free."""
    try:
        fcntl.flock(descriptor, how | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _taken(holder: Holder | None) -> ConflictError:
    if holder is None:
        return ConflictError("another laststop server is starting in this project", hint="try again")
    where = f", console {holder.console_url}, page {holder.edge_url}" if holder.console_url else ""
    return ConflictError(
        f"a laststop server already runs in this project: pid {holder.pid}{where}",
        hint=f"use that one, or end it with: kill {holder.pid}",
    )

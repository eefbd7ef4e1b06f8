"""One server per project: a lock that ends with its process."""

import fcntl
import os
from pathlib import Path
from types import TracebackType
from typing import Self

import msgspec

from laststop.errors import ConflictError


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
        path.parent.mkdir(parents=True, exist_ok=True)
        self._path = path
        self._file = path.open("a+b")
        os.set_inheritable(self._file.fileno(), False)  # noqa: FBT003 a build must not keep our lock
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            self._file.close()
            raise _taken(read_note(path)) from error
        self.note(Holder(pid=os.getpid()))

    def note(self, holder: Holder) -> None:
        """Write down how to reach this server."""
        self._file.seek(0)
        self._file.truncate()
        self._file.write(msgspec.json.encode(holder))
        self._file.flush()

    def release(self) -> None:
        """Let go; safe to call twice."""
        if not self._file.closed:
            self._file.seek(0)
            self._file.truncate()
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
    """Who holds the lock now, or None when nobody does."""
    try:
        with path.open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        return None
    except OSError:
        return read_note(path)
    return None


def _taken(holder: Holder | None) -> ConflictError:
    if holder is None:
        return ConflictError("another laststop server is starting in this project", hint="try again")
    where = f", console {holder.console_url}, page {holder.edge_url}" if holder.console_url else ""
    return ConflictError(
        f"a laststop server already runs in this project: pid {holder.pid}{where}",
        hint=f"use that one, or end it with: kill {holder.pid}",
    )

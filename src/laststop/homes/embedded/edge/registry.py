"""Which edges live over this project: one file each, held locked by its edge.

An edge that is alive holds an exclusive `flock` on its file; the kernel lets go of it the moment the process
ends, however it ends. So a file whose lock can be had belongs to nobody and is removed, and a process id
used again cannot pass for an edge. A file appears under its final name only complete and locked.
"""

import fcntl
import logging
import os
import secrets
import time
from pathlib import Path

import msgspec

from laststop.errors import DeniedError, LaststopError, TransientError

_SUFFIX = ".json"
_UNFINISHED = ".new"
_UNFINISHED_SECONDS = 60
"""An unfinished file older than this was left by a kill between writing and renaming."""

_log = logging.getLogger("laststop.edge")


class Registration(msgspec.Struct, frozen=True, kw_only=True):
    """Where one edge is reached: `url` by readers, `control_url` by who holds `token`."""

    pid: int
    url: str
    control_url: str
    token: str


class Registered:
    """The hold of a living edge on its registration."""

    def __init__(self, path: Path, lock_fd: int) -> None:
        """`lock_fd` holds the lock of the file at `path`."""
        self._path = path
        self._lock_fd = lock_fd

    def release(self) -> None:
        """Give up the registration. Concurrency: at most once."""
        try:
            self._path.unlink(missing_ok=True)
        except OSError as error:  # without its lock the file stands for nobody, and is removed later
            _log.warning("could not remove %s: %s", self._path, error.strerror)
        finally:
            os.close(self._lock_fd)


def register(directory: Path, registration: Registration) -> Registered:
    """Put an edge into the registry, in a file readable by its owner only, under a name never used again.

    Raises: DeniedError or TransientError when the file cannot be written.
    """
    name = f"{registration.pid}-{secrets.token_hex(8)}"
    path = directory / f"{name}{_SUFFIX}"
    unfinished = directory / f"{name}{_UNFINISHED}"
    try:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock_fd = os.open(unfinished, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise _unwritable(directory, error) from error
    try:
        fcntl.flock(lock_fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        content = msgspec.json.encode(registration)
        while content:
            content = content[os.write(lock_fd, content) :]
        unfinished.replace(path)
    except OSError as error:
        os.close(lock_fd)
        unfinished.unlink(missing_ok=True)
        raise _unwritable(directory, error) from error
    return Registered(path, lock_fd)


def living(directory: Path) -> tuple[Registration, ...]:
    """Every living edge, in the order of their names; files nobody holds are removed on the way.

    Raises: TransientError when a living edge's file cannot be read: it may serve what it should not.
    """
    found: list[Registration] = []
    try:
        paths = sorted(directory.iterdir())
    except FileNotFoundError:
        return ()
    except OSError as error:
        raise _unreadable(directory, error) from error
    for path in paths:
        if path.suffix == _SUFFIX or (path.suffix == _UNFINISHED and _is_old(path)):
            registration = _read_or_remove(path)
            if registration is not None:
                found.append(registration)
    return tuple(found)


def _read_or_remove(path: Path) -> Registration | None:
    try:
        fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise _unreadable(path, error) from error
    try:
        fcntl.flock(fd, fcntl.LOCK_SH | fcntl.LOCK_NB)
        path.unlink(missing_ok=True)
    except BlockingIOError:
        return _decoded(path, fd)
    except OSError as error:
        raise _unreadable(path, error) from error
    else:
        _log.info("removed %s: its edge is gone", path)
        return None
    finally:
        os.close(fd)


def _decoded(path: Path, fd: int) -> Registration:
    try:
        with os.fdopen(os.dup(fd), "rb") as file:
            return msgspec.json.decode(file.read(), type=Registration)
    except (OSError, msgspec.DecodeError) as error:
        raise _unreadable(path, error) from error


def _is_old(path: Path) -> bool:
    try:
        return time.time() - path.stat(follow_symlinks=False).st_mtime > _UNFINISHED_SECONDS
    except FileNotFoundError:
        return False


def _unwritable(directory: Path, error: OSError) -> LaststopError:
    message = f"the edge cannot be registered: {error.strerror}"
    kind = DeniedError if isinstance(error, PermissionError) else TransientError
    return kind(message, place=str(directory), hint="make the folder writable, on a local disk with room")


def _unreadable(path: Path, error: Exception) -> TransientError:
    return TransientError(
        f"the registration of an edge cannot be read: {error}",
        place=str(path),
        hint="stop that edge, or remove the file if none is running",
    )

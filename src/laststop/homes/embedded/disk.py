"""The disk: what is synced survives a power cut, what is refused is said in a sentence."""

import contextlib
import errno
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from laststop.errors import DeniedError, LaststopError, NotFoundError, TransientError, UsageError

_BULK_FILES: Final = 32
"""From this many files on, one sync of everything first makes the sync of each almost free."""
_DENIED: Final = frozenset({errno.EACCES, errno.EPERM, errno.EROFS})
_FULL: Final = frozenset({errno.ENOSPC, errno.EDQUOT})
_KIND: Final = frozenset({errno.EISDIR, errno.ENOTDIR, errno.ELOOP, errno.ENAMETOOLONG})


def names_in(folder: Path) -> list[str]:
    """Names in a folder, ascending; none when there is no such folder."""
    try:
        return sorted(os.listdir(folder))  # noqa: PTH208 - names, not paths
    except FileNotFoundError:
        return []


def make_folder(folder: Path) -> None:
    """See that a folder exists and would survive a power cut."""
    if not folder.is_dir():
        make_folder(folder.parent)
        folder.mkdir(exist_ok=True)
        sync(folder.parent)


def sync(path: Path) -> None:
    """Put a file's content, or a folder's names, on the disk."""
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sync_all(paths: list[Path]) -> None:
    """Put many files' contents on the disk.

    For many files everything dirty is flushed in one go first. The sync of each file then finds nothing left
    to write, yet still reports the errors that the flush of everything keeps to itself.

    Limit: the flush also writes what other programs have left dirty.
    """
    if len(paths) >= _BULK_FILES:
        os.sync()
    for path in paths:
        sync(path)


@contextlib.contextmanager
def answering(place: Path) -> Iterator[None]:
    """Turn the system's refusals into errors that name the place and the next step."""
    try:
        yield
    except OSError as error:
        raise _refusal(error, str(place)) from error


def _refusal(error: OSError, place: str) -> LaststopError:
    """What a system error means to who called."""
    reason = error.strerror or type(error).__name__
    if error.errno in _FULL:
        return TransientError("the disk is full", place=place, hint="free some space, then try again")
    if error.errno in _DENIED:
        return DeniedError(reason, place=place, hint="let the user that runs laststop read and write there")
    if error.errno == errno.ENOENT:
        return NotFoundError("there is no such file", place=place)
    if error.errno in _KIND:
        return UsageError(reason, place=place)
    return TransientError(reason, place=place, hint="look at the disk and at the system's log")

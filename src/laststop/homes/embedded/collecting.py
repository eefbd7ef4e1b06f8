"""Who collects blobs and who copies them all keep out of each other's way, in whatever processes they are."""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from laststop.errors import ConflictError
from laststop.homes.embedded.disk import answering

PATIENCE_SECONDS = 60.0
"""A collection of very many blobs ends within that."""
_LOOK_SECONDS = 0.05


@contextmanager
def collecting(path: Path) -> Iterator[bool]:
    """Whether blobs may be removed inside the block; not while somebody copies them."""
    descriptor = _open(path)
    try:
        yield _locked(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def copying(path: Path) -> Iterator[None]:
    """Inside the block no blob is removed; it ends with the process, however that ends.

    Raises: ConflictError when somebody else copies, or a collection does not end.
    """
    descriptor = _open(path)
    try:
        patient_until = time.monotonic() + PATIENCE_SECONDS
        while not _locked(descriptor):
            if time.monotonic() >= patient_until:
                raise ConflictError(
                    "another backup of this project is under way", place=str(path), hint="wait for its end"
                )
            time.sleep(_LOOK_SECONDS)
        yield
    finally:
        os.close(descriptor)


def _open(path: Path) -> int:
    with answering(path):
        return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)


def _locked(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True

"""Files on their way to becoming blobs: written, hashed and synced in a folder of their own.

Each process writes into a staging folder that it keeps locked. A folder that somebody else can lock belongs
to a dead process, so what a kill left half-written is found without clocks or process ids.
"""

import contextlib
import fcntl
import hashlib
import itertools
import os
import secrets
import shutil
import threading
import weakref
from collections.abc import Iterable
from pathlib import Path

import msgspec

from laststop.errors import TransientError
from laststop.homes.embedded.disk import answering, make_folder, names_in
from laststop.words.ids import Digest


class Draft(msgspec.Struct, frozen=True, kw_only=True):
    """A complete file that has no name in the store yet."""

    path: Path
    digest: Digest
    size_bytes: int


class Drafts:
    """The staging folders below one folder, one of them this process's own.

    Concurrency: any number of threads.
    """

    def __init__(self, folder: Path) -> None:
        """Touches nothing until the first draft is written."""
        self.folder = folder
        self._own: _Staging | None = None
        self._opening = threading.Lock()

    def write(self, chunks: Iterable[bytes]) -> Draft:
        """Write chunks to a new file, not yet synced; a failure leaves no file behind.

        Raises: TransientError when the disk is full, DeniedError when it may not be written to; whatever
            the iterator raises passes through.
        """
        with answering(self.folder):
            path, descriptor = self._create()
        hasher, size_bytes = hashlib.sha256(), 0
        try:
            with open(descriptor, "wb", buffering=0) as file:  # noqa: PTH123 - it is open already
                for chunk in chunks:
                    hasher.update(chunk)
                    size_bytes += len(chunk)
                    with answering(self.folder):
                        _write_all(file.fileno(), chunk)
        except BaseException:
            path.unlink(missing_ok=True)
            raise
        return Draft(path=path, digest=Digest(hasher.hexdigest()), size_bytes=size_bytes)

    def sweep(self) -> None:
        """Remove the staging folders of dead processes."""
        with answering(self.folder):
            for name in names_in(self.folder):
                _sweep(self.folder / name)

    def close(self) -> None:
        """Give up the own staging folder, once no draft is being written; a later one opens a new folder."""
        with self._opening:
            if self._own is not None:
                self._own.leave()
                self._own = None

    def _create(self) -> tuple[Path, int]:
        """A new empty file in the own staging folder, which is opened anew if somebody removed it."""
        for _ in range(2):
            with self._opening:
                if self._own is None:
                    make_folder(self.folder)
                    self.sweep()
                    self._own = _Staging(self.folder)
                own = self._own
            path = own.new()
            with contextlib.suppress(FileNotFoundError):
                return path, os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC, 0o444)
            self.close()
        raise TransientError("the folder is being removed while it is written to", place=str(self.folder))


class _Staging:
    """One locked folder; the lock ends with the process, however it ends."""

    def __init__(self, parent: Path) -> None:
        self._numbers = itertools.count()
        while True:
            self.folder = parent / secrets.token_hex(8)
            self.folder.mkdir()
            descriptor = os.open(self.folder, os.O_RDONLY | os.O_CLOEXEC)
            if _locked(descriptor) and self.folder.exists():
                break
            os.close(descriptor)  # a sweeper was faster than our lock
        self.leave = weakref.finalize(self, _leave, self.folder, descriptor, os.getpid())

    def new(self) -> Path:
        """A path that nobody uses yet."""
        return self.folder / str(next(self._numbers))


def _leave(folder: Path, descriptor: int, owner: int) -> None:
    """Remove an own, empty staging folder and end its lock; a forked child leaves its parent's alone."""
    if os.getpid() == owner:
        with contextlib.suppress(OSError):
            folder.rmdir()
    os.close(descriptor)


def _sweep(folder: Path) -> None:
    """Remove a staging folder unless its process lives."""
    try:
        descriptor = os.open(folder, os.O_RDONLY | os.O_CLOEXEC | os.O_DIRECTORY)
    except (FileNotFoundError, NotADirectoryError):
        return  # swept by somebody else, or no staging folder at all
    try:
        if _locked(descriptor):
            shutil.rmtree(folder, ignore_errors=True)
    finally:
        os.close(descriptor)


def _locked(descriptor: int) -> bool:
    """Whether the lock could be taken at once."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _write_all(descriptor: int, chunk: bytes) -> None:
    """Write every byte; the system may take fewer at a time."""
    rest = memoryview(chunk)
    while rest:
        rest = rest[os.write(descriptor, rest) :]

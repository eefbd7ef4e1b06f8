"""Writing a backup, also while a server works: first the store at one instant, then the blobs it names."""

import io
import os
import shutil
import tarfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO

import msgspec

from laststop import __version__
from laststop.errors import ConflictError, NotFoundError
from laststop.homes.embedded.backup_file import (
    FORMAT,
    LISTING,
    STORE,
    Entry,
    Listing,
    Measured,
    blob_name,
    is_member,
)
from laststop.homes.embedded.blobs import Blobs
from laststop.homes.embedded.buckets.buckets import is_key
from laststop.homes.embedded.collecting import copying
from laststop.homes.embedded.disk import answering, make_folder, names_in, sync
from laststop.homes.embedded.folders import Folders
from laststop.homes.embedded.store.database import Database
from laststop.words.instants import Instant, instant_text

PRIVATE = 0o600
"""It holds the tokens' hashes and whatever builds have said."""


class Backup:
    """Writes a project's state into one file.

    A blob is on the disk before a fact names it, and none is collected meanwhile; so every blob that the
    copied store names is among those copied after it.
    """

    def __init__(
        self,
        *,
        database: Database,
        blobs: Blobs,
        folders: Folders,
        project: str,
        clock: Callable[[], Instant],
    ) -> None:
        """Nothing is read yet."""
        self._database = database
        self._blobs = blobs
        self._folders = folders
        self._project = project
        self._clock = clock

    def write(self, target: Path, tell: Callable[[int], None]) -> Listing:
        """Write it as a whole, or leave nothing of that name; `tell` hears how many bytes are done.

        Raises: ConflictError when the file exists or another backup is under way; TransientError when the
            disk is full, DeniedError when it may not be written.
        Limit: a kill leaves `FILE.part`, which the next backup of that name overwrites.
        """
        _refuse_taken(target)
        if not target.parent.is_dir():
            raise NotFoundError("there is no such folder", place=str(target.parent))
        part = target.with_name(f"{target.name}.part")
        with copying(self._folders.collecting):
            try:
                listing = self._write_part(part, tell)
                self._publish(part, target)
            finally:
                part.unlink(missing_ok=True)
                shutil.rmtree(self._folders.copies, ignore_errors=True)
        return listing

    def size_bytes(self) -> int:
        """About how much there is to copy."""
        return sum(path.stat().st_size for path in self._paths() if path.exists())

    def _paths(self) -> Iterator[Path]:
        yield self._folders.store
        yield from (self._blobs.path(digest) for digest in self._blobs.all())
        yield from self._logs()
        yield from self._objects()

    def _logs(self) -> Iterator[Path]:
        for run in names_in(self._folders.logs):
            for name in names_in(self._folders.logs / run):
                yield self._folders.logs / run / name

    def _objects(self) -> Iterator[Path]:
        """The files of buckets, and what is kept beside them; uploads under way, and links, are none."""
        for path in sorted(self._folders.buckets.rglob("*")):
            if is_member(self._object_name(path)) and path.is_file() and not path.is_symlink():
                yield path

    def _object_name(self, path: Path) -> str:
        name = path.relative_to(self._folders.root).as_posix()
        return name if is_key(name) else ""

    def _write_part(self, part: Path, tell: Callable[[int], None]) -> Listing:
        made_at = self._clock()
        with answering(part):
            descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, PRIVATE)
            with open(descriptor, "wb") as file:  # noqa: PTH123 it is open already
                listing = self._write_tar(file, made_at, tell)
                file.flush()
                os.fsync(file.fileno())
        return listing

    def _write_tar(self, file: BinaryIO, made_at: Instant, tell: Callable[[int], None]) -> Listing:
        entries: list[Entry] = []
        damaged: list[str] = []
        with tarfile.open(fileobj=file, mode="w", format=tarfile.PAX_FORMAT) as tar:

            def add(name: str, path: Path) -> None:
                entries.append(_added(tar, name, path))
                tell(file.tell())

            add(STORE, self._copied_store())
            for digest in self._blobs.all():
                if self._blobs.verify(digest):
                    add(blob_name(digest), self._blobs.path(digest))
                else:
                    damaged.append(digest)
            for path in self._logs():
                if path.exists():  # retention may have been faster
                    add(f"logs/{path.parent.name}/{path.name}", path)
            for path in self._objects():
                add(self._object_name(path), path)
            listing = Listing(
                format=FORMAT,
                laststop=__version__,
                project=self._project,
                made_at=instant_text(made_at),
                entries=tuple(entries),
                damaged=tuple(damaged),
            )
            content = msgspec.json.encode(listing)
            tar.addfile(_info(LISTING, len(content)), io.BytesIO(content))
        return listing

    def _copied_store(self) -> Path:
        """The store as of now, in a file of its own; what a killed backup left there goes first."""
        shutil.rmtree(self._folders.copies, ignore_errors=True)
        make_folder(self._folders.copies)
        copy = self._folders.copies / STORE
        self._database.copy_to(copy)
        return copy

    def _publish(self, part: Path, target: Path) -> None:
        """Give the file its name, unless somebody else has used it meanwhile."""
        _refuse_taken(target)
        with answering(target):
            part.rename(target)
            sync(target.parent)


def _refuse_taken(target: Path) -> None:
    if target.exists():
        raise ConflictError("exists already", place=str(target), hint="choose another name")


def _added(tar: tarfile.TarFile, name: str, path: Path) -> Entry:
    """Add a file as long as it is now; a log may grow meanwhile."""
    with path.open("rb") as file:
        size_bytes = os.fstat(file.fileno()).st_size
        measured = Measured(file, size_bytes)
        tar.addfile(_info(name, size_bytes), measured)
    return Entry(name=name, size_bytes=measured.size_bytes, digest=measured.digest)


def _info(name: str, size_bytes: int) -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.size = size_bytes
    info.mode = PRIVATE
    return info

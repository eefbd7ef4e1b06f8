"""Reading zip archives that other people made.

Every name is judged before anything is written or handed out, what an entry *declares* is bounded before it
is read and what it *holds* is held against the declaration while it is read. Only the two methods every zip
tool writes are read (stored, deflated): Python unpacks the others in one piece, so a few kilobytes of them
could fill the memory.
"""

import contextlib
import errno
import hashlib
import os
import shutil
import stat
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from struct import error as StructError  # noqa: N812 - an exception, named like one
from typing import Self

import msgspec

from laststop.errors import DeniedError, LaststopError, NotFoundError, TransientError, UsageError
from laststop.homes.shared.entry_name import clash, name_fault
from laststop.words.ids import Digest

LIMIT_BYTES = 4 * 1024**3
LIMIT_FILES = 100_000

_CHUNK_BYTES = 256 * 1024
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_ENCRYPTED_BITS = 0x1 | 0x40 | 0x2000
_DAMAGE = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    RuntimeError,  # includes NotImplementedError
    ValueError,  # includes UnicodeDecodeError
    OverflowError,
    StructError,
)
_REMEDY = "make the archive again, with plain files and relative names"


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One file of an archive, read to its end.

    Units: `size_bytes` unpacked.
    """

    name: str
    size_bytes: int
    digest: Digest
    executable: bool = False


class SafeZip:
    """An archive whose names, kinds and declared sizes have been judged; a context manager.

    Limit: the archive's own directory is held in memory, which its size on disk bounds.
    Concurrency: one thread at a time.
    """

    def __init__(
        self, archive: Path, *, limit_bytes: int = LIMIT_BYTES, limit_files: int = LIMIT_FILES
    ) -> None:
        """Open and judge.

        Raises: NotFoundError without such a file, UsageError for an archive that must not be unpacked.
        """
        self._archive = archive
        with _reading(archive):
            self._zip = zipfile.ZipFile(archive)
        try:
            self._infos = _judged(archive, self._zip.infolist(), limit_bytes, limit_files)
        except BaseException:
            self._zip.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the file; safe to call twice."""
        self._zip.close()

    @property
    def names(self) -> tuple[str, ...]:
        """The files' names, in the archive's order; directories are not listed."""
        return tuple(name for name, info in self._infos.items() if not info.is_dir())

    def chunks(self, name: str) -> Iterator[bytes]:
        """A file's content, piece by piece, checked against its declared size and checksum.

        Raises: NotFoundError for a name that is no file of the archive, UsageError where it is damaged.
        """
        info = self._infos.get(name)
        if info is None or info.is_dir():
            raise NotFoundError("the archive has no such file", place=f"{self._archive.name}: {name}")
        left = info.file_size
        with _reading(self._archive, name):
            with self._zip.open(info) as stream:
                while chunk := stream.read(_CHUNK_BYTES):
                    left -= len(chunk)
                    yield chunk
            if left:
                raise zipfile.BadZipFile(f"declares {info.file_size} bytes and holds {info.file_size - left}")

    def entries(self) -> Iterator[Entry]:
        """Every file with its digest, in the archive's order, in bounded memory."""
        for name in self.names:
            sha256 = hashlib.sha256()
            for chunk in self.chunks(name):
                sha256.update(chunk)
            info = self._infos[name]
            yield Entry(
                name=name,
                size_bytes=info.file_size,
                digest=Digest(sha256.hexdigest()),
                executable=_is_executable(info),
            )

    def unpack(self, target: Path) -> tuple[str, ...]:
        """Write all files below `target` and name them; all or, after an error, none.

        `target` must be missing or empty: a link that already stands in it could lead out of it.

        Raises: UsageError when it is not empty or the archive is damaged, TransientError on a full disk,
        DeniedError where writing is not allowed.
        """
        place = str(target)
        with _writing(place):
            target.mkdir(parents=True, exist_ok=True)
            if any(target.iterdir()):
                raise UsageError("is not empty", place=place, hint="unpack into a directory of its own")
        try:
            for name, info in self._infos.items():
                with _writing(place):
                    path = target / name
                    (path if info.is_dir() else path.parent).mkdir(parents=True, exist_ok=True)
                if not info.is_dir():
                    _write(path, self.chunks(name), executable=_is_executable(info), place=place)
        except BaseException:
            _clear(target)
            raise
        return self.names


def unpack(
    archive: Path, target: Path, *, limit_bytes: int = LIMIT_BYTES, limit_files: int = LIMIT_FILES
) -> tuple[str, ...]:
    """Unpack an archive into a missing or empty directory and name what was written; all or nothing.

    Raises: UsageError naming archive and entry when it must not or cannot be unpacked, TransientError when
    the disk is full.
    """
    with SafeZip(archive, limit_bytes=limit_bytes, limit_files=limit_files) as opened:
        return opened.unpack(target)


def entries(
    archive: Path, *, limit_bytes: int = LIMIT_BYTES, limit_files: int = LIMIT_FILES
) -> Iterator[Entry]:
    """Every file of an archive with size and digest; names are judged before the first is handed out."""
    with SafeZip(archive, limit_bytes=limit_bytes, limit_files=limit_files) as opened:
        yield from opened.entries()


def read(
    archive: Path, name: str, *, limit_bytes: int = LIMIT_BYTES, limit_files: int = LIMIT_FILES
) -> Iterator[bytes]:
    """One file's content, piece by piece. Who reads many opens a `SafeZip` once."""
    with SafeZip(archive, limit_bytes=limit_bytes, limit_files=limit_files) as opened:
        yield from opened.chunks(name)


def _judged(
    archive: Path, infos: list[zipfile.ZipInfo], limit_bytes: int, limit_files: int
) -> dict[str, zipfile.ZipInfo]:
    if len(infos) > limit_files:
        raise UsageError(
            f"holds {len(infos)} entries; at most {limit_files} are unpacked",
            place=archive.name,
            hint="leave out what the build does not need",
        )
    for info in infos:
        if fault := name_fault(info.orig_filename) or _kind_fault(info):
            raise UsageError(
                f"the entry {fault}", place=f"{archive.name}: {info.orig_filename!r}", hint=_REMEDY
            )
    if name := clash(info.filename for info in infos):
        raise UsageError(
            "the entry stands twice, or is a file and a directory at once",
            place=f"{archive.name}: {name!r}",
            hint=_REMEDY,
        )
    declared = sum(info.file_size for info in infos)
    if declared > limit_bytes:
        raise UsageError(
            f"unpacks to {declared} bytes; at most {limit_bytes} are unpacked",
            place=archive.name,
            hint="leave out what the build does not need",
        )
    return {info.filename: info for info in infos}


def _kind_fault(info: zipfile.ZipInfo) -> str:
    kind = stat.S_IFMT(info.external_attr >> 16)
    if kind == stat.S_IFLNK:
        return "is a symbolic link"
    if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
        return "is neither a file nor a directory"
    if info.flag_bits & _ENCRYPTED_BITS:
        return "is encrypted"
    if info.compress_type not in _METHODS:
        return f"is compressed by method {info.compress_type}; only stored and deflated entries are read"
    return ""


def _is_executable(info: zipfile.ZipInfo) -> bool:
    return bool(info.external_attr >> 16 & stat.S_IXUSR)


def _write(path: Path, chunks: Iterator[bytes], *, executable: bool, place: str) -> None:
    """Reading and writing fail differently, so each `next` and each `write` stands on its own."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
    with _writing(place):
        handle = os.open(path, flags, 0o777 if executable else 0o666)
    with open(handle, "wb") as file:  # noqa: PTH123 - a descriptor, not a path
        for chunk in chunks:
            with _writing(place):
                file.write(chunk)
        with _writing(place):
            file.flush()


def _clear(target: Path) -> None:
    for child in target.iterdir():
        if child.is_dir():
            shutil.rmtree(child, ignore_errors=True)
        else:
            with contextlib.suppress(OSError):  # the error under way says more
                child.unlink()


@contextlib.contextmanager
def _reading(archive: Path, name: str = "") -> Iterator[None]:
    place = f"{archive.name}: {name!r}" if name else archive.name
    try:
        yield
    except LaststopError:
        raise
    except FileNotFoundError as error:
        raise NotFoundError("no such archive", place=str(archive)) from error
    except PermissionError as error:
        raise DeniedError("the archive may not be read", place=str(archive)) from error
    except _DAMAGE as error:
        detail = str(error) or type(error).__name__
        raise UsageError(
            f"is no zip archive, or damaged ({detail})", place=place, hint="make the archive again"
        ) from error
    except OSError as error:  # a damaged archive also sends the reader to offsets that do not exist
        raise UsageError(f"cannot be read ({error.strerror})", place=place, hint=_REMEDY) from error


@contextlib.contextmanager
def _writing(place: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise TransientError("the disk is full", place=place, hint="make room, then try again") from error
        if isinstance(error, PermissionError):
            raise DeniedError("may not be written", place=place) from error
        raise UsageError(f"cannot be written ({error.strerror})", place=place) from error

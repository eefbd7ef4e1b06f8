"""Writing zip archives whose bytes follow from their content alone.

Same names and bytes in, same archive out: no clock, no owner, no order of a directory listing. A digest of
the archive is then a digest of what it holds, and an object that did not change is not written again.
"""

import contextlib
import errno
import io
import os
import shutil
import stat
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import IO

from laststop.errors import DeniedError, NotFoundError, TransientError, UsageError
from laststop.homes.shared.entry_name import clash, name_fault

FlatFile = tuple[str, Path | bytes, bool]
"""Name in the archive, content or where to read it, whether it is executable."""

_DATE = (1980, 1, 1, 0, 0, 0)  # the first one the format knows
_UNIX = 3
_CHUNK_BYTES = 256 * 1024


def write_zip(target: Path, files: Iterable[FlatFile]) -> int:
    """Write an archive of these files, in the order of their names, and return its size in bytes.

    `target` appears complete or not at all; an older file of that name is replaced.

    Limit: compressed bytes are equal wherever the same zlib is used; across machines compare contents.
    Raises: UsageError for a name that must not stand in an archive, NotFoundError for a file that is gone,
    TransientError on a full disk.
    """
    ordered = sorted(files, key=lambda file: file[0])
    _check([name for name, _, _ in ordered], place=target.name)
    part = target.with_name(f"{target.name}.{os.getpid()}.part")
    try:
        with _writing(target):
            with part.open("wb") as stream:
                _write_entries(stream, ordered, zipfile.ZIP_DEFLATED)
                stream.flush()
                os.fsync(stream.fileno())
                size_bytes = stream.tell()
            part.replace(target)
    except BaseException:
        with contextlib.suppress(OSError):  # the error under way says more
            part.unlink()
        raise
    return size_bytes


def zip_bytes(files: Mapping[str, bytes]) -> bytes:
    """An archive of small files as bytes, stored uncompressed: the same bytes on every machine.

    Raises: UsageError for a name that must not stand in an archive.
    """
    _check(sorted(files), place="archive")
    stream = io.BytesIO()
    _write_entries(stream, [(name, files[name], False) for name in sorted(files)], zipfile.ZIP_STORED)
    return stream.getvalue()


def _check(names: list[str], *, place: str) -> None:
    for name in names:
        if fault := name_fault(name) or ("names a directory" if name.endswith("/") else ""):
            raise UsageError(f"the entry {fault}", place=f"{place}: {name!r}")
    if twice := clash(names):
        raise UsageError(
            "the entry stands twice, or is a file and a directory at once", place=f"{place}: {twice!r}"
        )


def _write_entries(stream: IO[bytes], files: Iterable[FlatFile], method: int) -> None:
    with zipfile.ZipFile(stream, "w", method) as archive:
        for name, content, executable in files:
            info = zipfile.ZipInfo(name, _DATE)
            info.compress_type = method
            info.create_system = _UNIX
            info.external_attr = (stat.S_IFREG | (0o755 if executable else 0o644)) << 16
            if isinstance(content, bytes):
                archive.writestr(info, content)
                continue
            with content.open("rb") as source:
                info.file_size = os.fstat(source.fileno()).st_size  # decides on the large format
                with archive.open(info, "w") as sink:
                    shutil.copyfileobj(source, sink, _CHUNK_BYTES)


@contextlib.contextmanager
def _writing(target: Path) -> Iterator[None]:
    try:
        yield
    except FileNotFoundError as error:
        raise NotFoundError("no such file", place=str(error.filename or target)) from error
    except PermissionError as error:
        raise DeniedError("access is denied", place=str(error.filename or target)) from error
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise TransientError(
                "the disk is full", place=str(target), hint="make room, then try again"
            ) from error
        raise UsageError(f"cannot be written ({error.strerror})", place=str(target)) from error

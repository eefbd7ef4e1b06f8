"""The one zip that all functions run from: the same bytes whenever it is made from the same versions.

It holds laststop without what only people and the embedded home use, and the few libraries the functions
import, as wheels for the processor they run on. Nothing in it is newer than what is installed here.
"""

import hashlib
import importlib.util
import io
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path, PurePosixPath
from typing import Final, Literal

import msgspec

from laststop.errors import UsageError
from laststop.wiring.wheels import fetch_wheels

Architecture = Literal["arm64", "x86_64"]

LIBRARIES: Final = ("msgspec", "obstore", "packaging", "slack_sdk")
"""What the functions import besides the standard library; a test imports every handler with only these."""

LEFT_OUT: Final = ("cli", "console", "project", "engine", "homes/embedded", "__main__.py")
"""Parts of laststop that no function imports."""

ZIPPED_BYTES_MAX: Final = 50 * 1024 * 1024
UNPACKED_BYTES_MAX: Final = 250 * 1024 * 1024
"""Source: AWS Lambda developer guide, "Lambda quotas"."""

_BEGINNING_OF_ZIP = (1980, 1, 1, 0, 0, 0)
_READABLE = 0o100644 << 16
_COMPILE = """
import os, py_compile, sys
for name in sys.stdin.read().splitlines():
    source = os.path.join(sys.argv[1], name)
    py_compile.compile(source, cfile=source[:-3] + ".pyc", dfile="/var/task/" + name, doraise=True,
        invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH)
"""
_UNUSED_ENDINGS = (".pyi", ".pyc", "py.typed", "RECORD", "INSTALLER", "direct_url.json")


class Packaged(msgspec.Struct, frozen=True, kw_only=True):
    """The zip that was written; `compiled` is whether Python need not compile it at every cold start."""

    path: str
    sha256: str
    zipped_bytes: int
    unpacked_bytes: int
    files: int
    libraries: dict[str, str]
    architecture: Architecture
    python: str
    compiled: bool


def package_functions(
    target: Path, *, architecture: Architecture, python: str, say: Callable[[str], None]
) -> Packaged:
    """Write the zip, replacing an older one at once; `say` hears what is being done.

    Raises: NotFoundError for a library that is not installed here, TransientError when wheels cannot be
        fetched, UsageError when the result is larger than AWS takes.
    """
    with tempfile.TemporaryDirectory(prefix="laststop-package-") as folder:
        wheels = fetch_wheels(LIBRARIES, Path(folder), architecture=architecture, python=python, say=say)
        say("putting the zip together")
        files = dict(_own_files())
        for wheel in wheels.paths:
            files |= dict(_wheel_files(wheel))
        compiled = python == "{}.{}".format(*sys.version_info)
        if compiled:
            files |= dict(_compiled(files, Path(folder)))
    content = _zipped(files)
    packaged = Packaged(
        path=str(target),
        sha256=hashlib.sha256(content).hexdigest(),
        zipped_bytes=len(content),
        unpacked_bytes=sum(map(len, files.values())),
        files=len(files),
        libraries=wheels.versions,
        architecture=architecture,
        python=python,
        compiled=compiled,
    )
    _check(packaged)
    target.parent.mkdir(parents=True, exist_ok=True)
    draft = target.with_suffix(".part")
    draft.write_bytes(content)
    draft.replace(target)
    return packaged


def _own_files() -> Iterator[tuple[str, bytes]]:
    """Laststop's own modules."""
    root = Path(__file__).parent.parent
    for path in sorted(root.rglob("*")):
        inside = path.relative_to(root).as_posix()
        if path.suffix not in (".py", ".sql") or "__pycache__" in path.parts:
            continue
        if not any(inside == each or inside.startswith(f"{each}/") for each in LEFT_OUT):
            yield f"laststop/{inside}", path.read_bytes()


def _wheel_files(wheel: Path) -> Iterator[tuple[str, bytes]]:
    """What a wheel installs, with its licence."""
    with zipfile.ZipFile(wheel) as archive:
        for name in archive.namelist():
            parts = PurePosixPath(name).parts
            if not name.endswith(("/", *_UNUSED_ENDINGS)) and "tests" not in parts:
                yield name, archive.read(name)


def _compiled(files: dict[str, bytes], folder: Path) -> Iterator[tuple[str, bytes]]:
    """Byte code that is used without looking at the source: a function's folder cannot be written to.

    The same bytes come only from a process that has done nothing else, with a fixed seed of hashes.
    """
    root = folder / "sources"
    names = sorted(name for name in files if name.endswith(".py"))
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(files[name])
    command = [sys.executable, "-S", "-s", "-c", _COMPILE, str(root)]
    subprocess.run(command, input="\n".join(names), env={"PYTHONHASHSEED": "0"}, text=True, check=True)
    for name in names:
        yield importlib.util.cache_from_source(name), (root / name).with_suffix(".pyc").read_bytes()


def _zipped(files: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name in sorted(files):
            entry = zipfile.ZipInfo(name, date_time=_BEGINNING_OF_ZIP)
            entry.external_attr = _READABLE
            entry.create_system = 3
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, files[name], compresslevel=9)
    return buffer.getvalue()


def _check(packaged: Packaged) -> None:
    if packaged.zipped_bytes > ZIPPED_BYTES_MAX or packaged.unpacked_bytes > UNPACKED_BYTES_MAX:
        raise UsageError(
            f"the zip has {packaged.zipped_bytes} bytes, {packaged.unpacked_bytes} unpacked; AWS takes"
            f" {ZIPPED_BYTES_MAX} and {UNPACKED_BYTES_MAX}",
            place=packaged.path,
        )

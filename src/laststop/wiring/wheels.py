"""Wheels of the libraries installed here, for another processor, by pip or uv."""

import importlib.metadata
import importlib.util
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Final

import msgspec

from laststop.errors import NotFoundError, TransientError

DOWNLOAD_SECONDS_MAX: Final = 300
_MACHINES: Final = {"arm64": "aarch64", "x86_64": "x86_64"}
_PLATFORMS: Final = (*(f"manylinux_2_{minor}" for minor in range(34, 16, -1)), "manylinux2014")
"""Amazon Linux 2023, which functions run on, has glibc 2.34; pip takes each tag by its name only."""


class Wheels(msgspec.Struct, frozen=True, kw_only=True):
    """The files, and the version of each library."""

    paths: tuple[Path, ...]
    versions: dict[str, str]


def fetch_wheels(
    libraries: Iterable[str], folder: Path, *, architecture: str, python: str, say: Callable[[str], None]
) -> Wheels:
    """Bring wheels into a folder, of exactly the versions that are installed here; nothing is built.

    Raises: NotFoundError for a library that is not installed, or without pip; TransientError with pip's own
        words when there is no fitting wheel or no index answers.
    """
    versions = {name: _installed(name) for name in libraries}
    pip = _pip()
    for name, version in versions.items():
        say(f"fetching {name} {version} for {architecture}")
        _download(pip, f"{name}=={version}", folder, machine=_MACHINES[architecture], python=python)
    return Wheels(paths=tuple(sorted(folder.glob("*.whl"))), versions=versions)


def _installed(name: str) -> str:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError as error:
        raise NotFoundError(
            f"{name} is not installed here, and the functions need it",
            hint="install the extra for AWS: pip install 'laststop[aws]'",
        ) from error


def _pip() -> tuple[str, ...]:
    """The command that downloads; a virtual environment made by uv has no pip of its own."""
    if importlib.util.find_spec("pip") is not None:
        return (sys.executable, "-m", "pip")
    found = shutil.which("pip") or shutil.which("pip3")
    if found is None:
        raise NotFoundError(
            "there is no pip to fetch the functions' libraries with",
            hint=f"{sys.executable} -m ensurepip, or install pip",
        )
    return (found,)


def _download(pip: Sequence[str], wanted: str, folder: Path, *, machine: str, python: str) -> None:
    short = python.replace(".", "")
    command = [*pip, "download", "--quiet", "--disable-pip-version-check", "--no-deps", "--only-binary=:all:"]
    command += ["--implementation", "cp", "--python-version", python, "--dest", str(folder)]
    command += [word for platform in _PLATFORMS for word in ("--platform", f"{platform}_{machine}")]
    command += [word for abi in (f"cp{short}", "abi3", "none") for word in ("--abi", abi)]
    try:
        ended = subprocess.run(
            [*command, wanted], capture_output=True, text=True, timeout=DOWNLOAD_SECONDS_MAX, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise TransientError(f"fetching {wanted} took more than {DOWNLOAD_SECONDS_MAX} s") from error
    if ended.returncode:
        said = ended.stderr.strip().splitlines()
        raise TransientError(
            f"{wanted} could not be fetched: {said[-1] if said else 'pip gave no reason'}",
            hint="look at the package index pip uses, or choose another --python",
        )

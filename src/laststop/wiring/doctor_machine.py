"""The machine under a project: system, git, disk, clock, ports."""

import os
import platform
import shutil
import socket
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path

from laststop.errors import LaststopError
from laststop.homes.embedded.git_command import run_git
from laststop.wiring.examination import Finding, Patient

ROOM_BYTES = 1 << 30
ROOM_BYTES_LEAST = 100 << 20
ROOM_FILES_LEAST = 10_000
SKEW_SECONDS = 5.0
_FAR_AWAY = frozenset(
    {
        *("9p", "afs", "beegfs", "ceph", "cifs", "gpfs", "lustre", "ncpfs", "nfs", "nfs4", "smb3", "smbfs"),
        *("fuse.glusterfs", "fuse.s3fs", "fuse.sshfs"),
    }
)
"""Kinds of file systems that lie on another machine."""


def of_python() -> Iterator[Finding]:
    """Which system and versions these are."""
    versions = f"Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}, {platform.system()}"
    if os.name == "posix":
        yield Finding(about="machine", state="ok", says=versions)
    else:
        yield Finding(
            about="machine",
            state="trouble",
            says=f"{versions}: laststop needs a POSIX system",
            mend="on Windows, use it inside WSL: wsl --install",
        )


def of_git() -> Iterator[Finding]:
    """Whether git is there and new enough."""
    try:
        version = run_git(["version"]).text.removeprefix("git version ")
    except LaststopError as error:
        yield Finding(about="git", state="trouble", says=str(error), mend=error.hint)
        return
    yield Finding(about="git", state="ok", says=f"git {version}; no identity and no settings of yours needed")


def of_disk(patient: Patient) -> Iterator[Finding]:
    """Whether there is room."""
    room = shutil.disk_usage(patient.project.root)
    files = os.statvfs(patient.project.root)
    says = f"{room.free / (1 << 30):.1f} GiB free"
    mend = f"du -xsh {patient.folders.root}/*; keep less with [retention] in laststop.toml"
    if room.free < ROOM_BYTES_LEAST or (files.f_files and files.f_favail < ROOM_FILES_LEAST):
        files_left = f" and room for {files.f_favail} files" if files.f_files else ""
        yield Finding(about="disk", state="trouble", says=f"only {says}{files_left}", mend=mend)
    elif room.free < ROOM_BYTES:
        yield Finding(about="disk", state="note", says=f"only {says}", mend=mend)
    else:
        yield Finding(about="disk", state="ok", says=says)


def of_file_system(patient: Patient) -> Iterator[Finding]:
    """Whether the project lies on a disk of this machine."""
    kind = file_system_of(patient.project.root, Path("/proc/mounts"))
    if kind in _FAR_AWAY:
        yield Finding(
            about="file system",
            state="trouble",
            says=f"the project lies on {kind}, where locks and the store's shared memory cannot be relied on",
            mend=f"move it to a local disk: cp -a {patient.project.root} /var/lib/",
        )
    elif kind:
        yield Finding(about="file system", state="ok", says=f"{kind}, of this machine")


def file_system_of(folder: Path, mounts: Path) -> str:
    """The kind of file system a folder lies on; empty where the machine does not tell."""
    try:
        lines = mounts.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return ""
    here = folder.resolve()
    best, kind = -1, ""
    for line in lines:
        _, point, found, *_ = line.split(" ")
        place = Path(point.replace("\\040", " "))
        if here.is_relative_to(place) and len(place.parts) >= best:
            best, kind = len(place.parts), found
    return kind


def of_clock(patient: Patient) -> Iterator[Finding]:
    """Whether files are older than now."""
    now = time.time()
    paths = (*patient.project.root.glob("*.*"), patient.folders.store, patient.folders.lock)
    skews = [(path.stat().st_mtime - now, path) for path in paths if path.exists()]
    ahead = [each for each in skews if each[0] > SKEW_SECONDS]
    if not ahead:
        yield Finding(about="clock", state="ok", says="no file is from the future")
        return
    skew, path = max(ahead)
    says = f"{path} was written {skew:.0f} s in the future: the clock went back, or is another machine's"
    mend = f"timedatectl set-ntp true; then: touch {path}"
    yield Finding(about="clock", state="trouble", says=says, mend=mend)


def of_ports(patient: Patient) -> Iterator[Finding]:
    """Whether `up` would get its ports; not asked while this project's server has them."""
    if patient.holder is not None:
        return
    for port in patient.ports:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            taken = False
            try:
                probe.bind(("127.0.0.1", port.number))
            except OSError as error:
                taken = True
                says = f"the {port.name}'s port {port.number} cannot be had: {error.strerror}"
                yield Finding(about="ports", state="trouble", says=says, mend=f"laststop up {port.option} 0")
            if not taken:
                yield Finding(about="ports", state="ok", says=f"{port.number} is free for the {port.name}")

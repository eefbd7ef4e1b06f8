"""What a killed engine left running, found again by the note beside the workspace."""

import os
from pathlib import Path

import msgspec

from laststop.homes.embedded.builder import processes

_GRACE_SECONDS = 2.0
_NOTE_SUFFIX = ".pid"


class _Note(msgspec.Struct, frozen=True, kw_only=True):
    """The shell of a build: an id alone may belong to another process by now, so its start is noted too."""

    pid: int
    started: str


def note_shell(workspace: Path, pid: int) -> None:
    """Write down which session this workspace's build runs in; durable before any command runs.

    Raises: OSError when the note cannot be written; the build must not start then.
    """
    process = processes.find(pid)
    if process is None:
        return
    path = _note_path(workspace)
    part = path.with_name(f"{path.name}.part")
    with part.open("wb") as file:
        file.write(msgspec.json.encode(_Note(pid=pid, started=process.started)))
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)


def forget_shell(workspace: Path) -> None:
    """Remove the note: nothing of the build runs any more."""
    _note_path(workspace).unlink(missing_ok=True)


def end_orphan(workspace: str) -> None:
    """End what an earlier engine's build in this workspace left running; nothing when nothing is left.

    A session is ended only if its leader is the very process that was noted; on Linux also every process that
    bears the mark of the workspace, whose leader may be gone.

    Concurrency: must not be called while a build runs in the workspace; it would be ended.
    Limit: without `/proc`, children whose leader is gone are not found.
    """
    path = canonical(workspace)
    note = _read(_note_path(path))
    leader = processes.find(note.pid) if note else None
    same = leader is not None and note is not None and leader.started == note.started
    session = leader.pid if leader is not None and same and leader.session == leader.pid else None
    processes.end(session, str(path), grace_seconds=_GRACE_SECONDS, meanwhile=lambda: None)
    forget_shell(path)


def end_orphans(work: Path) -> None:
    """End what builds of an earlier engine left running in any workspace two levels below `work`.

    Attempts that are due again end their own; this is for those that no longer are.

    Concurrency: must not be called while builds run below `work`.
    """
    for note in sorted(work.glob(f"*/*{_NOTE_SUFFIX}")):
        end_orphan(str(note.with_name(note.name.removesuffix(_NOTE_SUFFIX))))


def canonical(workspace: str) -> Path:
    """The one spelling of a workspace's path, under which its processes are marked."""
    return Path(os.path.realpath(workspace))


def _note_path(workspace: Path) -> Path:
    return workspace.with_name(f"{workspace.name}{_NOTE_SUFFIX}")


def _read(path: Path) -> _Note | None:
    try:
        return msgspec.json.decode(path.read_bytes(), type=_Note)
    except (FileNotFoundError, msgspec.DecodeError):  # never written, or torn: then no command ran
        return None

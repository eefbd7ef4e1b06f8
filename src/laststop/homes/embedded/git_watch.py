"""Noticing that a branch has moved, at the price of a few file stats where that is possible."""

import os
import time
from pathlib import Path
from typing import Final

import msgspec

from laststop.homes.embedded.disk import answering
from laststop.homes.embedded.git import GitRepository

LOCAL_SECONDS: Final = 1
REMOTE_SECONDS: Final = 60
SETTLED_NS: Final = 2_000_000_000
"""A file that changed less than two seconds ago may change again without its times telling."""

_Stat = tuple[int, int, int, int] | None


class _Look(msgspec.Struct, frozen=True, kw_only=True):
    """The files that say where a branch stands, as they were; only a settled look proves that none moved."""

    common: Path
    stats: tuple[_Stat, ...]
    settled: bool


class GitWatch:
    """Watches one branch of one repository.

    Concurrency: one thread.
    """

    def __init__(self, repository: GitRepository, branch: str) -> None:
        """Nothing counts as seen yet, so the first question is answered with yes."""
        self._repository = repository
        self._branch = branch
        self._asked = False
        self._tip: str | None = None
        self._look: _Look | None = None

    @property
    def interval_seconds(self) -> int:
        """How often to ask: a local repository costs a few stats, a remote one a connection."""
        return LOCAL_SECONDS if self._repository.is_local else REMOTE_SECONDS

    def changed(self) -> bool:
        """Whether the branch points elsewhere than when it was asked last; gone and back counts, too.

        Raises: what `GitRepository.tip` raises; the change, if there is one, is then reported next time.
        """
        look = self._look_at_files()
        seen = self._look
        if look is not None and seen is not None and seen.settled and look == seen:
            return False
        tip = self._repository.tip(self._branch)
        changed = not self._asked or tip != self._tip
        self._asked, self._tip, self._look = True, tip, look
        return changed

    def _look_at_files(self) -> _Look | None:
        """Stat what changes when the branch does; read before the branch is, so that a later move shows."""
        now_ns = time.time_ns()
        folders = self._repository.local_folders()
        if folders is None:
            return None
        common = folders.common
        loose = common / "refs" / "heads" / self._branch
        files = (loose, common / "packed-refs", common / "reftable" / "tables.list")
        with answering(common):
            stats = tuple(_stat(file) for file in files)
            symbolic = _is_symbolic(loose)
        young = any(stat is not None and max(stat[:2]) > now_ns - SETTLED_NS for stat in stats)
        return _Look(common=common, stats=stats, settled=not young and not symbolic)


def _stat(path: Path) -> _Stat:
    try:
        facts = os.stat(path)  # noqa: PTH116 - called every second
    except (FileNotFoundError, NotADirectoryError):
        return None
    return facts.st_mtime_ns, facts.st_ctime_ns, facts.st_size, facts.st_ino


def _is_symbolic(reference: Path) -> bool:
    """Whether a branch is another name for a second one, whose moves do not show in its own file."""
    try:
        with reference.open("rb") as file:
            return file.read(4) == b"ref:"
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
        return False

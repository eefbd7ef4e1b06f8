"""Watching all branches and tags of a repository, for pipelines whose triggers choose among them."""

import os
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from laststop.homes.embedded.disk import answering
from laststop.homes.embedded.git import GitRepository
from laststop.homes.embedded.git_watch import LOCAL_SECONDS, REMOTE_SECONDS, SETTLED_NS
from laststop.homes.embedded.lookout import Lookout
from laststop.homes.embedded.store.journal import Store
from laststop.homes.embedded.store.statements import load
from laststop.pipeline.limits import CHANGED_FILES_MAX
from laststop.words.facts_catalog import RefPushed
from laststop.words.instants import Instant

_SQL = load("catalog.sql")
_Stats = tuple[tuple[str, int, int, int], ...]


class RefWatcher(Lookout):
    """Looks at a repository at its own pace, in a thread of its own.

    The first look notes what is there, and is no push. A branch that was deleted and pushed again counts as
    moved from where it pointed before.
    """

    def __init__(
        self,
        *,
        store: Store,
        repository: GitRepository,
        name: str,
        ring: Callable[[], None],
        clock: Callable[[], Instant],
    ) -> None:
        """`name` is the FullRepositoryId."""
        super().__init__(name, ring)
        self._store = store
        self._repository = repository
        self._name = name
        self._clock = clock
        self._seen: _Stats | None = None

    @property
    def interval_seconds(self) -> float:
        """A folder is looked at each second, a server each minute."""
        return LOCAL_SECONDS if self._repository.is_local else REMOTE_SECONDS

    def reads(self, name: str, branch: str) -> bool:  # noqa: ARG002 - any branch may be one of its own
        """Whether this is the watcher of that repository."""
        return self._name == name

    def wake(self) -> None:
        """Look now, whatever the files' times say."""
        self._seen = None
        super().wake()

    def _moved(self) -> bool:
        """Note every branch and tag that points elsewhere."""
        stats = self._stats()
        if stats is not None and stats == self._seen:
            return False
        moved = self._note(self._repository.refs())
        self._seen = stats
        return moved

    def _note(self, refs: Mapping[str, str]) -> bool:
        with self._store.view() as view:
            rows = view.connection.execute(_SQL["refs_of"], (f"{self._name}@refs/",)).fetchall()
        known = {location.partition("@")[2]: revision for location, revision in rows}
        moved = {ref: commit for ref, commit in refs.items() if known.get(ref) != commit}
        pushes = [
            RefPushed(
                at=self._clock(),
                repository=self._name,
                ref=ref,
                revision=commit,
                before=known.get(ref, ""),
                first=not known,
                files=self._files(known.get(ref), commit),
            )
            for ref, commit in sorted(moved.items())
        ]
        if pushes:
            with self._store.transaction() as transaction:
                for push in pushes:
                    transaction.append(push)
        return bool(pushes)

    def _files(self, before: str | None, after: str) -> tuple[str, ...] | None:
        if not before:
            return None
        return self._repository.changed_files(before, after, limit=CHANGED_FILES_MAX)

    def _stats(self) -> _Stats | None:
        """The files of a local repository that say where branches and tags are; None when they cannot tell.

        A file that changed just now may change again without its times telling.
        """
        folders = self._repository.local_folders()
        if folders is None:
            return None
        common = folders.common
        now_ns = time.time_ns()
        with answering(common):
            stats = tuple(sorted(_stats_below(common)))
        young = any(modified_ns > now_ns - SETTLED_NS for _, modified_ns, _, _ in stats)
        return None if young else stats


def _stats_below(common: Path) -> Iterable[tuple[str, int, int, int]]:
    for path in (common / "packed-refs", common / "reftable" / "tables.list"):
        if path.exists():
            yield _stat(path)
    for root in (common / "refs" / "heads", common / "refs" / "tags"):
        for folder, _, files in os.walk(root):
            yield _stat(Path(folder))
            for file in files:
                yield _stat(Path(folder) / file)


def _stat(path: Path) -> tuple[str, int, int, int]:
    try:
        facts = path.stat()
    except FileNotFoundError:  # it went between the two looks; the next one sees its folder changed
        return str(path), 0, 0, 0
    return str(path), facts.st_mtime_ns, facts.st_size, facts.st_ino

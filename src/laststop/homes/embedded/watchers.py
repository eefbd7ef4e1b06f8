"""Watching repositories: a branch that points elsewhere is a fact, and rings."""

import threading
from collections.abc import Callable, Mapping

from laststop.errors import LaststopError
from laststop.homes.embedded.git import GitRepository
from laststop.homes.embedded.git_watch import GitWatch
from laststop.homes.embedded.store.journal import Store
from laststop.homes.embedded.store.statements import load
from laststop.words.facts_catalog import SourceMoved
from laststop.words.instants import Instant

_SQL = load("catalog.sql")


class Watcher:
    """Looks at one branch at its own pace, in a thread of its own.

    What went wrong last time is kept in `trouble` until a look succeeds: the run that reads the source says
    it again, as its failure.
    """

    def __init__(
        self,
        *,
        store: Store,
        repository: GitRepository,
        name: str,
        branch: str,
        ring: Callable[[], None],
        clock: Callable[[], Instant],
    ) -> None:
        """`name` is the FullRepositoryId."""
        self._store = store
        self._repository = repository
        self._branch = branch
        self._location = f"{name}@{branch}"
        self._ring = ring
        self._clock = clock
        self._watch = GitWatch(repository, branch)
        self._stopped = False
        self._wake = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"watch {self._location}", daemon=True)
        self._owed = False
        self.trouble = ""

    def start(self) -> None:
        """Look once, before anything is decided, then keep looking."""
        self.look()
        self._thread.start()

    def stop(self) -> None:
        """Look no more."""
        self._stopped = True
        self._wake.set()

    def reads(self, name: str, branch: str) -> bool:
        """Whether this is the watcher of that repository's branch."""
        return self._location == f"{name}@{branch}"

    def wake(self) -> None:
        """Look now, in the watcher's own thread; somebody said that the branch has moved."""
        self._wake.set()

    def look(self) -> bool:
        """Note where the branch points, if it moved; True when it did."""
        try:
            self._owed = self._watch.changed() or self._owed  # told once; noting it may fail
            moved = self._owed and self._note()
            self._owed = False
        except LaststopError as error:
            self.trouble = str(error)
            return False
        self.trouble = ""
        return moved

    def _run(self) -> None:
        while True:
            self._wake.wait(self._watch.interval_seconds)
            self._wake.clear()
            if self._stopped:
                return
            if self.look():
                self._ring()

    def _note(self) -> bool:
        head = self._repository.head(self._branch)
        with self._store.transaction() as transaction:
            known = transaction.connection.execute(_SQL["source_head"], (self._location,)).fetchone()
            if known is not None and known[0] == head.commit:
                return False
            transaction.append(
                SourceMoved(
                    at=self._clock(),
                    location=self._location,
                    revision=head.commit,
                    summary=head.message,
                    first=known is None,
                )
            )
        return True


def watchers_for(
    repositories: Mapping[str, GitRepository],
    branches: Mapping[str, str],
    store: Store,
    ring: Callable[[], None],
    clock: Callable[[], Instant],
) -> list[Watcher]:
    """One watcher per repository and branch that the pipeline reads."""
    return [
        Watcher(
            store=store,
            repository=repositories[name],
            name=name,
            branch=branch,
            ring=ring,
            clock=clock,
        )
        for name, branch in branches.items()
        if name in repositories
    ]

"""Watching repositories: a branch that points elsewhere is a fact, and rings."""

from collections.abc import Callable, Iterable, Iterator, Mapping

from laststop.homes.embedded.git import GitRepository
from laststop.homes.embedded.git_watch import GitWatch
from laststop.homes.embedded.lookout import Lookout
from laststop.homes.embedded.ref_watch import RefWatcher
from laststop.homes.embedded.store.journal import Store
from laststop.homes.embedded.store.statements import load
from laststop.pipeline.declaration import Pipeline
from laststop.pipeline.triggers import triggered_repositories
from laststop.words.facts_catalog import SourceMoved
from laststop.words.instants import Instant

_SQL = load("catalog.sql")


class Watcher(Lookout):
    """Looks at one branch at its own pace, in a thread of its own.

    The run that reads the source says its trouble again, as its failure.
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
        self._location = f"{name}@{branch}"
        super().__init__(self._location, ring)
        self._store = store
        self._repository = repository
        self._branch = branch
        self._clock = clock
        self._watch = GitWatch(repository, branch)
        self._owed = False

    @property
    def interval_seconds(self) -> float:
        """A folder is looked at each second, a server each minute."""
        return self._watch.interval_seconds

    def reads(self, name: str, branch: str) -> bool:
        """Whether this is the watcher of that repository's branch."""
        return self._location == f"{name}@{branch}"

    def _moved(self) -> bool:
        """Note where the branch points, if it moved."""
        self._owed = self._watch.changed() or self._owed  # told once; noting it may fail
        moved = self._owed and self._note()
        self._owed = False
        return moved

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


class Watchers:
    """Everything that looks at the repositories of the pipelines that are there now.

    A connection source's own branch is watched always, because what it points to is a run's newest revision;
    all branches and tags only where triggers choose among them.
    Concurrency: `watch` and `stop` by one thread, `look` by any.
    """

    def __init__(
        self,
        repositories: Mapping[str, GitRepository],
        store: Store,
        ring: Callable[[], None],
        clock: Callable[[], Instant],
    ) -> None:
        """`repositories` by FullRepositoryId; nothing is watched yet."""
        self._repositories = repositories
        self._store = store
        self._ring = ring
        self._clock = clock
        self._watching: dict[str, Watcher | RefWatcher] = {}

    def watch(self, pipelines: Iterable[Pipeline], *, look_now: bool) -> None:
        """Watch what these pipelines read, and nothing else; `look_now` before anything is decided."""
        wanted = {place for pipeline in pipelines for place in _places(pipeline)}
        for place in self._watching.keys() - {place for place, _, _ in wanted}:
            self._watching.pop(place).stop()
        for place, name, branch in sorted(wanted):
            if place in self._watching or name not in self._repositories:
                continue
            watcher = self._watcher(name, branch)
            self._watching[place] = watcher
            watcher.start(look_now=look_now)

    def look(self, repository: str, branch: str) -> bool:
        """Look at a repository now, in the watchers' own threads; False when nobody watches this branch.

        An empty `branch` is any: a tag was pushed, or a branch that only triggers know.
        """
        asked = [watcher for watcher in list(self._watching.values()) if watcher.reads(repository, branch)]
        for watcher in asked:
            watcher.wake()
        return bool(asked)

    def stop(self) -> None:
        """Look no more."""
        for watcher in self._watching.values():
            watcher.stop()

    def _watcher(self, name: str, branch: str) -> Watcher | RefWatcher:
        repository = self._repositories[name]
        if not branch:
            return RefWatcher(
                store=self._store, repository=repository, name=name, ring=self._ring, clock=self._clock
            )
        return Watcher(
            store=self._store,
            repository=repository,
            name=name,
            branch=branch,
            ring=self._ring,
            clock=self._clock,
        )


def _places(pipeline: Pipeline) -> Iterator[tuple[str, str, str]]:
    """What to watch for a pipeline: its name here, the repository, and the branch, empty for all."""
    for action in pipeline.sources():
        settings = action.configuration
        if action.action_type_id.provider == "CodeStarSourceConnection":
            name, branch = settings["FullRepositoryId"], settings["BranchName"]
            yield f"{name}@{branch}", name, branch
    for name in triggered_repositories(pipeline):
        yield f"{name}@*", name, ""

"""Retention: the store stays as large as what is kept, not as what ever happened."""

import shutil
from collections.abc import Callable, Iterable
from datetime import timedelta
from pathlib import Path

import msgspec

from laststop.errors import NotFoundError
from laststop.homes.embedded.blobs import Blobs
from laststop.homes.embedded.collecting import collecting
from laststop.homes.embedded.folders import Folders
from laststop.homes.embedded.releases import StoredReleases
from laststop.homes.embedded.store.journal import Store
from laststop.homes.embedded.store.statements import load
from laststop.words.artifact import Artifact
from laststop.words.facts_site import Forgotten, ReleaseRemoved
from laststop.words.ids import Digest, ReleaseId, RunId
from laststop.words.instants import Instant, instant_text

_SQL = load("care.sql")
ARTIFACT_RUNS = 20
"""Artifacts of so many newest runs are kept, for retries and for looking at them."""
YOUNG = timedelta(hours=1)
"""What is younger than this may still belong to something under way."""
COMPACT_FACTS = 1000


class Keeping(msgspec.Struct, frozen=True, kw_only=True):
    """How much is kept. Units: counts, unless a name says days."""

    runs: int
    logs_days: int
    releases: int
    journal_days: int
    workspaces: int


class Care:
    """Lets go of what need not be kept.

    Concurrency: called by the engine's thread while no command runs, so nobody is writing a blob meanwhile.
    """

    def __init__(
        self,
        *,
        store: Store,
        blobs: Blobs,
        releases: StoredReleases,
        folders: Folders,
        keeping: Keeping,
        clock: Callable[[], Instant],
    ) -> None:
        """Nothing happens before `once`."""
        self._store = store
        self._blobs = blobs
        self._releases = releases
        self._folders = folders
        self._keeping = keeping
        self._clock = clock

    def once(self, *, read_up_to: int) -> None:
        """Let go of everything that is due; a kill at any point leaves the rest for the next time.

        `read_up_to` is a place in the journal that every reader has passed, whether or not a fact that
        concerns it stands there; readers that rarely have anything to do would hold back compaction.
        """
        now = self._clock()
        self._forget(now)
        self._compact(now, read_up_to)
        self._remove_workspaces()
        self._remove_logs(now)
        self._collect_blobs()

    def _forget(self, now: Instant) -> None:
        """Releases first: a kept release keeps its run and its documents."""
        young = instant_text(now - YOUNG)
        with self._store.transaction() as transaction:
            found = transaction.connection.execute(_SQL["old_releases"], (self._keeping.releases, young))
            old = [ReleaseId(row[0]) for row in found]
            for release in old:
                transaction.append(ReleaseRemoved(at=now, release=release))
        for release in old:
            self._releases.remove(release)
        with self._store.transaction() as transaction:
            connection = transaction.connection
            runs = [RunId(row[0]) for row in connection.execute(_SQL["old_runs"], (self._keeping.runs,))]
            if runs:
                transaction.append(Forgotten(at=now, runs=tuple(runs)))
            documents = [row[0] for row in connection.execute(_SQL["old_documents"], (young,))]
            if documents:
                transaction.append(Forgotten(at=now, documents=tuple(documents)))

    def _compact(self, now: Instant, read_up_to: int) -> None:
        """Facts behind every cursor and older than the bound, a few at a time."""
        with self._store.transaction() as transaction:
            transaction.connection.execute(_SQL["advance_cursors"], (read_up_to, read_up_to))
        before = instant_text(now - timedelta(days=self._keeping.journal_days))
        while self._store.compact(before, COMPACT_FACTS) == COMPACT_FACTS:
            pass

    def _remove_workspaces(self) -> None:
        """Workspaces of all but the newest runs; artifacts and logs stand elsewhere."""
        with self._store.view() as view:
            rows = view.connection.execute(_SQL["kept_run_ids"], (self._keeping.workspaces,))
            kept = {row[0] for row in rows}
        for folder in _children(self._folders.work):
            if folder.name not in kept:
                shutil.rmtree(folder, ignore_errors=True)

    def _remove_logs(self, now: Instant) -> None:
        oldest = (now - timedelta(days=self._keeping.logs_days)).timestamp()
        for folder in _children(self._folders.logs):
            if folder.stat().st_mtime < oldest:
                shutil.rmtree(folder, ignore_errors=True)

    def _collect_blobs(self) -> None:
        """Blobs that no kept release and no recent run names; the next time, while a backup copies them."""
        with collecting(self._folders.collecting) as may:
            if may:
                self._remove_unwanted_blobs()

    def _remove_unwanted_blobs(self) -> None:
        wanted = set(self._wanted())
        for digest in list(self._blobs.all()):
            if digest not in wanted:
                self._blobs.remove(digest)

    def _wanted(self) -> Iterable[Digest]:
        with self._store.view() as view:
            kept = view.connection.execute(_SQL["kept_manifests"]).fetchall()
            artifacts = [
                artifact
                for (text,) in view.connection.execute(_SQL["kept_artifacts"], (ARTIFACT_RUNS,))
                for artifact in msgspec.json.decode(text, type=tuple[Artifact, ...])
            ]
        yield from (artifact.digest for artifact in artifacts)
        for release, manifest in kept:
            yield Digest(manifest)
            try:
                yield from self._releases.manifest(ReleaseId(release)).digests
            except NotFoundError:
                continue  # its manifest is gone already: nothing of it can be wanted


def _children(folder: Path) -> list[Path]:
    return sorted(folder.iterdir()) if folder.is_dir() else []

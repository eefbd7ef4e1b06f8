"""Watching objects of buckets that sources read: new content is a fact, and rings."""

import threading
import time
from collections.abc import Callable, Iterable
from pathlib import Path

from laststop.errors import LaststopError
from laststop.homes.embedded.buckets.buckets import Buckets
from laststop.homes.embedded.store.journal import Store
from laststop.homes.embedded.store.statements import load
from laststop.words.facts_catalog import SourceMoved
from laststop.words.instants import Instant

_SQL = load("catalog.sql")
LOOK_SECONDS = 1.0
_SETTLED_NS = 1_000_000_000
"""A file that changed less than a second ago may still be written: it is looked at again."""

_Stat = tuple[int, int, int, int]


class ObjectWatch:
    """Looks at the files behind some places, `(bucket, key)`, in a thread of its own, if there are any.

    A look costs one stat a place while nothing changes. What went wrong at the last one stands in `trouble`.
    """

    def __init__(
        self,
        *,
        store: Store,
        buckets: Buckets,
        places: Iterable[tuple[str, str]] = (),
        ring: Callable[[], None],
        clock: Callable[[], Instant],
    ) -> None:
        """Nothing is looked at yet."""
        self._store = store
        self._buckets = buckets
        self._places = tuple(sorted(set(places)))
        self._ring = ring
        self._clock = clock
        self._seen: dict[tuple[str, str], _Stat] = {}
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="watch objects", daemon=True)
        self.trouble = ""

    def watch(self, places: Iterable[tuple[str, str]]) -> None:
        """Look at these places, and at nothing else; at new ones once now, before anything is decided."""
        known, self._places = self._places, tuple(sorted(set(places)))
        if set(self._places) - set(known):
            self.look(first=True)
        if self._places and not self._thread.is_alive():
            self._thread.start()

    def stop(self) -> None:
        """Look no more."""
        self._stopped.set()

    def look(self, *, first: bool = False) -> bool:
        """Note every object with other content than before; True when there was one."""
        moved = False
        self.trouble = ""
        for bucket, key in self._places:
            try:
                moved = self._look_at(bucket, key, first=first) or moved
            except LaststopError as error:
                self.trouble = str(error)
        return moved

    def _run(self) -> None:
        while not self._stopped.wait(LOOK_SECONDS):
            if self.look():
                self._ring()

    def _look_at(self, bucket: str, key: str, *, first: bool) -> bool:
        path = self._buckets.find(bucket, key)
        stat = _stat(path) if path is not None else None
        if path is None or stat is None or self._seen.get((bucket, key)) == stat:
            return False
        if not first and max(stat[:2]) > time.time_ns() - _SETTLED_NS:
            return False
        digest = self._buckets.digest(path)
        if _stat(path) != stat:
            return False  # it changed while it was read
        moved = self._note(f"{bucket}/{key}", digest, stat[2], first=first)
        self._seen[bucket, key] = stat
        return moved

    def _note(self, location: str, digest: str, size_bytes: int, *, first: bool) -> bool:
        with self._store.transaction() as transaction:
            known = transaction.connection.execute(_SQL["source_head"], (location,)).fetchone()
            if known is not None and known[0] == digest:
                return False
            transaction.append(
                SourceMoved(
                    at=self._clock(),
                    location=location,
                    revision=digest,
                    summary=f"{size_bytes} bytes",
                    first=first and known is None,
                )
            )
        return True


def _stat(path: Path) -> _Stat | None:
    try:
        facts = path.stat()
    except OSError:  # gone since it was found
        return None
    return facts.st_mtime_ns, facts.st_ctime_ns, facts.st_size, facts.st_ino

"""Releases on disk: blobs, manifests, a plain folder for each, and the pointer in the store."""

from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from pathlib import Path

import msgspec

from laststop.errors import ConflictError, UsageError
from laststop.homes.embedded.blobs import Blobs
from laststop.homes.embedded.edge.origin import SiteFile
from laststop.homes.embedded.pointer import live_of, release_from, release_of
from laststop.homes.embedded.site_folder import SiteFolder
from laststop.homes.embedded.store.journal import Store, Transaction
from laststop.homes.embedded.store.statements import load
from laststop.site.live import Hold, Live, Release
from laststop.site.manifest import Manifest, parse_manifest
from laststop.site.path import is_fingerprinted
from laststop.site.releases import Blob
from laststop.words.facts_site import (
    HighWaterMark,
    HighWaterRaised,
    HoldLifted,
    HoldSet,
    ReleaseStored,
    ReleaseSwitched,
)
from laststop.words.ids import Digest, ReleaseId
from laststop.words.instants import Instant

_SQL = load("site.sql")
MANIFESTS_KEPT = 16
"""Parsed manifests that the edge's origin holds in memory; a release never changes."""


class StoredReleases:
    """The `Releases` port over the store, the blobs and `site/`.

    The pointer that counts is the row in the store; `site/current` follows it, for those who put a web
    server of their own in front, and is mended at every start.
    """

    def __init__(self, store: Store, blobs: Blobs, site: Path, clock: Callable[[], Instant]) -> None:
        """`site` is the folder of the plain copies."""
        self._store = store
        self._blobs = blobs
        self._site = SiteFolder(site, blobs)
        self._clock = clock

    def live(self) -> Live | None:
        """The pointer as it is now."""
        with self._store.view() as view:
            return live_of(view)

    def kept(self) -> tuple[Release, ...]:
        """The releases that can be switched to, the newest first."""
        with self._store.view() as view:
            return tuple(release_from(row) for row in view.connection.execute(_SQL["kept"]))

    def manifest(self, release: ReleaseId) -> Manifest:
        """A kept release's manifest."""
        with self._store.view() as view:
            found = release_of(view, release)
        return parse_manifest(self._blobs.read(found.manifest), place=f"manifest of {release}")

    def missing(self, digests: Iterable[Digest]) -> frozenset[Digest]:
        """Those of the blobs that are not stored."""
        return frozenset(self._blobs.missing(digests))

    def store(self, release: Release, manifest: Manifest, blobs: Iterable[Blob]) -> None:
        """Keep a release: blobs, manifest, plain folder, then the fact that says it is complete."""
        wanted: list[Digest] = []

        def contents() -> Iterable[bytes]:
            for blob in blobs:
                wanted.append(blob.digest)
                yield b"".join(blob.chunks)

        kept = self._blobs.put_many(contents())
        for digest, (found, _) in zip(wanted, kept, strict=True):
            if digest != found:
                raise UsageError(f"a file is {found}, not {digest} as announced", place=str(release.id))
        self._blobs.put_bytes(manifest.content)
        self._site.lay_out(release.id, manifest)
        with self._store.transaction() as transaction:
            transaction.append(
                ReleaseStored(
                    at=self._clock(),
                    release=release.id,
                    run=release.run,
                    bill=release.bill,
                    manifest=release.manifest,
                    files=len(manifest.files),
                    size_bytes=manifest.size_bytes,
                )
            )

    def switch(self, pointer: Live, *, expected_epoch: int) -> None:
        """Write the pointer on condition that its epoch has not moved."""
        with self._store.transaction() as transaction:
            before = live_of(transaction)
            epoch = before.epoch if before else 0
            if epoch != expected_epoch:
                if before is not None and _same_write(before, pointer):
                    return
                raise ConflictError(f"the live pointer moved to epoch {epoch}, expected {expected_epoch}")
            release_of(transaction, pointer.release)
            _append_pointer(transaction, before, pointer, self._clock())
        self.mend_current()

    def mend_current(self) -> None:
        """Let `site/current` lead to the live release; done after every switch and at every start.

        Concurrency: looks again when it is done, so of two processes the one that is behind mends its own.
        """
        self._site.sweep()
        while (live := self.live()) is not None and not self._site.leads_to(live.release):
            self._site.lay_out(live.release, self.manifest(live.release))
            self._site.lead_to(live.release)

    def remove(self, release: ReleaseId) -> None:
        """Take a release's plain folder away; its row and blobs are retention's."""
        self._site.remove(release)


class StoredOrigin:
    """What the edge reads: the live pointer, manifests and blobs."""

    def __init__(self, store: Store, blobs: Blobs, releases: StoredReleases) -> None:
        """Reads only."""
        self._store = store
        self._blobs = blobs
        self._releases = releases
        self._manifest = lru_cache(maxsize=MANIFESTS_KEPT)(releases.manifest)

    def release(self) -> ReleaseId | None:
        """The live release's id, as of now."""
        with self._store.view() as view:
            row = view.connection.execute(_SQL["live_release"]).fetchone()
        return ReleaseId(row[0]) if row else None

    def site(self, release: ReleaseId) -> Mapping[str, SiteFile]:
        """A release's files, and those of other kept releases that have a fingerprint in their names.

        A page that is still open may ask for them, and their bytes are right for ever.
        """
        files = dict(self._manifest(release).files)
        for kept in self._releases.kept():
            for path, entry in self._manifest(kept.id).files.items():
                if path not in files and is_fingerprinted(path):
                    files[path] = entry
        return {
            path: SiteFile(digest=entry.digest, size_bytes=entry.size_bytes, content_type=entry.content_type)
            for path, entry in files.items()
        }

    def read(self, digest: Digest, start: int = 0, size: int | None = None) -> bytes:
        """Content of a blob."""
        with self._blobs.path(digest).open("rb") as file:
            file.seek(start)
            return file.read() if size is None else file.read(size)


def _same_write(before: Live, pointer: Live) -> bool:
    """Whether a pointer is the one that was written: the store stamps a write with its own time."""
    stamped = msgspec.structs.replace(pointer, switched_at=before.switched_at, hold=before.hold)
    return stamped == before and _told(pointer.hold) == _told(before.hold)


def _told(hold: Hold | None) -> tuple[str, str] | None:
    return None if hold is None else (hold.reason, hold.by)


def _append_pointer(transaction: Transaction, before: Live | None, pointer: Live, now: Instant) -> None:
    """The fact that leads from one pointer to the next."""
    mark = HighWaterMark(
        generations=pointer.high_water.generations,
        decided_at=pointer.high_water.decided_at,
        run=pointer.high_water.run,
    )
    if before is None or before.release != pointer.release:
        transaction.append(
            ReleaseSwitched(
                at=now,
                release=pointer.release,
                run=pointer.run,
                bill=pointer.bill,
                epoch=pointer.epoch,
                mark=mark,
                previous=before.release if before else None,
                hold_reason=pointer.hold.reason if pointer.hold else "",
                hold_by=pointer.hold.by if pointer.hold else "",
            )
        )
    elif pointer.hold is None and before.hold is not None:
        transaction.append(HoldLifted(at=now, release=pointer.release, epoch=pointer.epoch))
    elif (hold := pointer.hold) is not None and _told(hold) != _told(before.hold):
        transaction.append(
            HoldSet(at=now, release=pointer.release, epoch=pointer.epoch, reason=hold.reason, by=hold.by)
        )
    else:
        transaction.append(HighWaterRaised(at=now, release=pointer.release, epoch=pointer.epoch, mark=mark))

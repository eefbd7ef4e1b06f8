"""Releases in a bucket, switched in place: ordered, not atomic; the pointer stands in the ledger."""

import time
from collections.abc import Callable, Iterable
from datetime import timedelta
from functools import lru_cache
from typing import Final

import msgspec

from laststop.errors import ConflictError, NotFoundError, UsageError
from laststop.homes.aws.blob_bucket import BlobBucket
from laststop.homes.aws.bucket import Bucket
from laststop.homes.aws.pointer import Pointer
from laststop.homes.aws.site_bucket import SiteBucket
from laststop.homes.aws.table import Table
from laststop.site.live import Hold, Live, Release
from laststop.site.manifest import Manifest, parse_manifest
from laststop.site.releases import Blob
from laststop.words.digests import digest_of
from laststop.words.ids import Digest, ReleaseId
from laststop.words.instants import Instant

TTL_SECONDS: Final = 300
_MANIFESTS_KEPT = 16
_LOOK_SECONDS: Final = 0.5
_LOOKS_MAX: Final = 120
_YOUNG: Final = timedelta(hours=1)
_REMEMBERED: Final = timedelta(days=7)
"""How long the row of a release that is no longer kept stays, at least."""


class Cared(msgspec.Struct, frozen=True, kw_only=True):
    """Files that were written right, and what retention let go of: releases, contents, old chunks."""

    mended: int
    releases: int
    contents: int
    files: int


class BucketReleases:
    """The `Releases` port over the site's bucket and the ledger.

    Readers see files change one by one for as long as a switch takes; each file is whole, and what a page
    refers to is there before the page. The pointer is written when all files are, on condition that it has
    not moved and that nobody took the turn.
    """

    def __init__(
        self,
        bucket: Bucket,
        table: Table,
        clock: Callable[[], Instant],
        *,
        ttl_seconds: int = TTL_SECONDS,
        pause: Callable[[float], object] = time.sleep,
    ) -> None:
        """`bucket` is the site's, `table` the ledger."""
        self._pause = pause
        self._blobs = BlobBucket(bucket, clock)
        self._site = SiteBucket(bucket, self._blobs, ttl_seconds=ttl_seconds)
        self._pointer = Pointer(table, clock)
        self._clock = clock
        self._parsed = lru_cache(maxsize=_MANIFESTS_KEPT)(self._read_manifest)

    def live(self) -> Live | None:
        """The pointer as it is now."""
        row = self._pointer.live()
        return row.live if row else None

    def kept(self) -> tuple[Release, ...]:
        """The releases that can be switched to, the newest first."""
        return tuple(row.release for row in self._pointer.releases() if row.removed_at is None)

    def manifest(self, release: ReleaseId) -> Manifest:
        """A kept release's manifest."""
        return self._parsed(self._pointer.kept(release).manifest)

    def missing(self, digests: Iterable[Digest]) -> frozenset[Digest]:
        """Those of the blobs that are not stored; what the live release shows is, and is not asked for."""
        asked = frozenset(digests)
        live = self.live() if asked else None
        if live is not None:
            asked -= self._shown(live.release)
        return self._blobs.missing(asked)

    def store(self, release: Release, manifest: Manifest, blobs: Iterable[Blob]) -> None:
        """Keep a release: blobs, manifest, then the ledger's row that says it is complete."""
        content = manifest.content
        if digest_of(content) != release.manifest:
            raise UsageError("the manifest is not the one announced", place=str(release.id))
        self._blobs.put_many(blobs)
        if lacking := self.missing(manifest.digests):
            raise UsageError(f"{len(lacking)} of its files were not given", place=str(release.id))
        self._blobs.put(content)
        self._pointer.keep(release, manifest)

    def switch(self, pointer: Live, *, expected_epoch: int) -> None:
        """Write the site's files if the release changes, then the pointer."""
        before = self.live()
        epoch = before.epoch if before else 0
        if epoch != expected_epoch:
            if before is not None and _same_write(before, pointer):
                return
            raise ConflictError(f"the live pointer moved to epoch {epoch}, expected {expected_epoch}")
        if before is not None and before.release == pointer.release:
            self._pointer.note(pointer, expected_epoch=epoch)
            return
        manifest = self._parsed(self._pointer.kept(pointer.release).manifest)
        turn = self._pointer.take_turn(pointer.release, epoch=epoch)
        try:
            self._site.show(manifest, mine=lambda: self._pointer.has_turn(turn, epoch=epoch))
            self._pointer.point(
                pointer, expected_epoch=epoch, turn=turn, previous=before.release if before else None
            )
        except (ConflictError, NotFoundError):
            now = self.live()
            if now is not None and _same_write(now, pointer):
                return
            if self._pointer.is_mine(turn):
                self._show_live(turn)
            else:
                self._let_them_finish()
            raise

    def mend(self) -> int:
        """Make the files those of the live release, whatever a switch that was cut short left.

        Gives how many were written: none where all is as it should be, or while another switch is under way.
        """
        live = self.live()
        if live is None or self._pointer.busy():
            return 0
        try:
            turn = self._pointer.take_turn(live.release, epoch=live.epoch)
        except ConflictError:
            return 0  # whoever moved the pointer wrote the files as well
        return self._show_live(turn)

    def care(self, *, keep: int) -> Cared:
        """Mend the site; then let go of releases beyond the `keep` newest, and of what only they needed.

        This is the sweep's part; a kill anywhere leaves the rest for the next one. The live release, and
        whatever is younger than an hour, is always kept; contents only go a month after they were written.
        Limit: what a killed deploy left before its release was noted goes the same way.
        """
        mended = self.mend()
        forgotten = self._forget(keep)
        kept = [row for row in self._pointer.releases() if row.removed_at is None]
        manifests = [self._parsed(row.manifest) for row in kept]
        wanted: set[str] = {row.manifest for row in kept}
        wanted.update(digest for manifest in manifests for digest in manifest.digests)
        contents = self._blobs.remove_old(wanted)
        files = self._tidy(frozenset(path for manifest in manifests for path in manifest.files))
        return Cared(mended=mended, releases=forgotten, contents=contents, files=files)

    def _forget(self, keep: int) -> int:
        """Say of old releases that they are not kept; drop rows that no edge can need any more."""
        now, live = self._clock(), self._pointer.live()
        rows = self._pointer.releases()
        kept = [row for row in rows if row.removed_at is None]
        shown = live.release if live else None
        settled = min(live.purged_epoch, live.seen_epoch) if live else 0
        for row in rows:
            if row.removed_at and now - row.removed_at > _REMEMBERED and row.epoch <= settled:
                self._pointer.drop(row.id)
        old = [row for row in kept[max(keep, 1) :] if now - row.stored_at > _YOUNG and row.id != shown]
        return sum(self._pointer.forget(row.id) for row in old)

    def _tidy(self, paths: frozenset[str]) -> int:
        """Take away files with a fingerprint that no kept release has, while nobody switches."""
        live = self.live()
        if live is None or self._pointer.busy():
            return 0
        try:
            turn = self._pointer.take_turn(live.release, epoch=live.epoch)
        except ConflictError:
            return 0
        gone = self._site.tidy(paths, mine=lambda: self._pointer.has_turn(turn, epoch=live.epoch))
        self._pointer.end_turn(turn)
        return gone

    def _let_them_finish(self) -> None:
        """Wait while another switch is under way: who takes the turn back at once ends neither."""
        for _ in range(_LOOKS_MAX):
            if not self._pointer.busy():
                return
            self._pause(_LOOK_SECONDS)

    def _show_live(self, turn: int) -> int:
        """Write the live release's files, as long as the turn is ours."""
        live = self.live()
        if live is None:
            self._pointer.end_turn(turn)
            return 0
        try:
            written = self._site.show(
                self.manifest(live.release), mine=lambda: self._pointer.has_turn(turn, epoch=live.epoch)
            )
        except ConflictError:
            return 0  # somebody else has the turn now, and writes all that differs
        self._pointer.end_turn(turn)
        return written

    def _shown(self, release: ReleaseId) -> frozenset[Digest]:
        try:
            return self.manifest(release).digests
        except NotFoundError:
            return frozenset()

    def _read_manifest(self, digest: Digest) -> Manifest:
        return parse_manifest(self._blobs.read(digest), place=f"manifest {digest}")


def _same_write(before: Live, pointer: Live) -> bool:
    """Whether a pointer is the one that was written, whenever that was."""
    stamped = msgspec.structs.replace(pointer, switched_at=before.switched_at, hold=before.hold)
    return stamped == before and _told(pointer.hold) == _told(before.hold)


def _told(hold: Hold | None) -> tuple[str, str] | None:
    return None if hold is None else (hold.reason, hold.by)

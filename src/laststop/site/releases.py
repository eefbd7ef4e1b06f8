"""The port to where releases are kept and which of them is live."""

from collections.abc import Iterable
from typing import Protocol

import msgspec

from laststop.site.live import Live, Release
from laststop.site.manifest import Manifest
from laststop.words.ids import Digest, ReleaseId


class Blob(msgspec.Struct, frozen=True, kw_only=True):
    """A file's bytes on their way into the store; `chunks` is read once."""

    digest: Digest
    size_bytes: int
    chunks: Iterable[bytes]


class Releases(Protocol):
    """Blobs, manifests and the live pointer. Closed at six."""

    def live(self) -> Live | None:
        """The pointer as it is now, read consistently; None before the first release."""
        ...

    def kept(self) -> tuple[Release, ...]:
        """The releases that can be switched to, the newest first."""
        ...

    def manifest(self, release: ReleaseId) -> Manifest:
        """A kept release's manifest.

        Raises: NotFoundError when it is not kept.
        """
        ...

    def missing(self, digests: Iterable[Digest]) -> frozenset[Digest]:
        """Those of the blobs that are not stored."""
        ...

    def store(self, release: Release, manifest: Manifest, blobs: Iterable[Blob]) -> None:
        """Keep a release: its blobs, then its manifest. It is complete or not kept, and not yet live.

        Repeating it, also after a kill half-way, is harmless.
        Raises: UsageError for a blob that is not what its digest says, TransientError on a full disk.
        """
        ...

    def switch(self, pointer: Live, *, expected_epoch: int) -> None:
        """Write the pointer on condition that its epoch is still `expected_epoch` (0: there is none yet).

        A repeat of the write that is already there is a success: its answer may have been lost.
        Raises: ConflictError when another writer moved it, NotFoundError when the release is not kept.
        """
        ...

"""Where the edge gets the site from: the port its owner implements over the store."""

from collections.abc import Mapping
from typing import Protocol

import msgspec

from laststop.words.ids import Digest, ReleaseId


class SiteFile(msgspec.Struct, frozen=True, kw_only=True):
    """One file of a release.

    `cache_control` is what browsers are told; left empty, the edge's own rule decides.
    Units: `size_bytes`.
    """

    digest: Digest
    size_bytes: int
    content_type: str
    cache_control: str = ""


class Origin(Protocol):
    """The live site as the store has it.

    Raises: `LaststopError` or `OSError` when it cannot answer; readers then get what is cached, or a 503.
    Concurrency: every method is called from several threads at once.
    """

    def release(self) -> ReleaseId | None:
        """The release the pointer names now, None before the first; a point read, never remembered."""

    def site(self, release: ReleaseId) -> Mapping[str, SiteFile]:
        """A release's files by path without leading slash (`docs/index.html`); the edge keeps the mapping."""

    def read(self, digest: Digest, start: int = 0, size: int | None = None) -> bytes:
        """Content of a blob: `size` bytes from `start`, or all that follows `start`."""

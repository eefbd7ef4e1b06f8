"""The port through which laststop looks at the site as a reader would."""

from typing import Protocol

import msgspec

from laststop.words.ids import Digest


class Observation(msgspec.Struct, frozen=True, kw_only=True):
    """One answer of an edge; `digest` is of the whole body, decoded from its transfer."""

    status: int
    digest: Digest
    body: bytes = b""


class Probe(Protocol):
    """Fetches pages through an edge: no cache-busting, no redirects followed, bodies bounded."""

    def edges(self) -> tuple[str, ...]:
        """The addresses readers can reach the site at; one at least, or nothing can be proven."""
        ...

    def fetch(self, edge: str, path: str) -> Observation:
        """What a reader gets for a path of the manifest, asked for at `path.reader_address_of(path)`.

        Raises: TransientError when the edge cannot be reached or does not answer in time.
        """
        ...

"""The objects that hold the metadata documents."""

from typing import Protocol

import msgspec

from laststop.catalog.document import Document
from laststop.words.instants import Instant


class DocumentRevision(msgspec.Struct, frozen=True, kw_only=True):
    """One stored version of a document object: what a bill of inputs names.

    `version_id` and `etag` are opaque. `generation` is the document's own, readable without its content
    (object metadata on AWS).
    """

    object: str
    key: str
    version_id: str
    etag: str
    generation: int
    size_bytes: int
    at: Instant


class Documents(Protocol):
    """Versioned, conditionally written objects.

    Raises: any method may raise TransientError and DeniedError.
    """

    def head(self, object_: str) -> DocumentRevision | None:
        """The newest revision, or None before the first write.

        Concurrency: never older than a write that ended before the call.
        """

    def read(self, revision: DocumentRevision) -> Document:
        """The document of exactly that revision, whatever was written since.

        Raises: NotFoundError when it is no longer kept; UsageError when its bytes are no document.
        """

    def replace(self, document: Document, *, expected: DocumentRevision | None) -> DocumentRevision:
        """Write the document as the new revision if `expected` is still the newest (None: if there is none).

        Writing what stands already, by another attempt of the same caller, is a conflict like any other:
        read again, and find that nothing differs.
        Raises: ConflictError when another revision is the newest.
        Limit: an answer may be lost after the write took place.
        """

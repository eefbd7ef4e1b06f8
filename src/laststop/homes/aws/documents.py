"""The metadata documents: objects of a versioned bucket, each written on condition."""

from collections.abc import Iterable
from typing import Final

import msgspec

from laststop.catalog.dealing import DocumentObject
from laststop.catalog.document import Document
from laststop.catalog.document_zip import pack, unpack
from laststop.catalog.ports.documents import DocumentRevision
from laststop.errors import ConflictError, NotFoundError, UsageError
from laststop.homes.aws.bucket import Bucket, ObjectHead

GENERATION: Final = "generation"
"""The object's own metadata that repeats the document's generation."""
_NO_VERSIONS = "turn on versioning of the bucket; AWS may take 15 minutes until it is known everywhere"


class BucketDocuments:
    """The `Documents` port over a versioned bucket.

    The generation stands in the object's metadata, so a head needs no content; an object that somebody else
    wrote without it is read.
    """

    def __init__(self, bucket: Bucket, objects: Iterable[DocumentObject]) -> None:
        """`objects` leads from each object to its key."""
        self._bucket = bucket
        self._keys = {each.object: each.key for each in objects}

    def head(self, object_: str) -> DocumentRevision | None:
        """The newest revision, or None before the first write."""
        found = self._bucket.head(self._key(object_))
        return None if found is None else self._revision(object_, found)

    def read(self, revision: DocumentRevision) -> Document:
        """The document of exactly that revision."""
        try:
            content = self._bucket.read(revision.key, version=revision.version_id)
        except NotFoundError as error:
            raise NotFoundError(
                f"generation {revision.generation} of {revision.object} is no longer kept",
                place=error.place,
                hint="keep older versions of the bucket for longer than a run may wait",
            ) from error
        return unpack(revision.object, content)

    def replace(self, document: Document, *, expected: DocumentRevision | None) -> DocumentRevision:
        """Write the document as the new revision if `expected` is still the newest."""
        key = self._key(document.object)
        try:
            written = self._bucket.put(
                key,
                pack(document),
                headers={"Content-Type": "application/zip", GENERATION: str(document.generation)},
                expected=expected.etag if expected else None,
            )
        except ConflictError as error:
            raise ConflictError(
                f"{document.object} moved to another generation meanwhile", place=error.place
            ) from error
        stands = self._bucket.head(key, version=written.version)
        if not written.version or stands is None:
            raise UsageError("the bucket keeps no versions", place=self._bucket.name, hint=_NO_VERSIONS)
        revision = self._revision(document.object, stands)
        return msgspec.structs.replace(revision, generation=document.generation)

    def _key(self, object_: str) -> str:
        key = self._keys.get(object_)
        if key is None:
            raise NotFoundError(f"the project has no document object {object_}", place=self._bucket.name)
        return key

    def _revision(self, object_: str, found: ObjectHead) -> DocumentRevision:
        if not found.version:
            raise UsageError("the bucket keeps no versions", place=self._bucket.name, hint=_NO_VERSIONS)
        return DocumentRevision(
            object=object_,
            key=found.key,
            version_id=found.version,
            etag=found.etag,
            generation=generation_of(self._bucket, object_, found),
            size_bytes=found.size_bytes,
            at=found.at,
        )


def generation_of(bucket: Bucket, object_: str, found: ObjectHead) -> int:
    """The generation of a stored document, by its metadata or, where that is no number, by its content."""
    told = found.metadata.get(GENERATION, "")
    if told.isascii() and told.isdigit():
        return int(told)
    return unpack(object_, bucket.read(found.key, version=found.version)).generation

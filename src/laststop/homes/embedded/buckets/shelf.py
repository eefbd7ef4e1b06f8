"""Everything that can be read and written through the object endpoint, in one order of places."""

import re
from pathlib import Path

import msgspec

from laststop.errors import DeniedError, NotFoundError
from laststop.homes.embedded.blobs import Blobs
from laststop.homes.embedded.buckets.buckets import Buckets, ObjectFacts
from laststop.homes.embedded.jobs.book import JobBook
from laststop.homes.embedded.jobs.outputs import JobOutputs
from laststop.homes.embedded.objects import Objects
from laststop.pipeline.bucket_names import ARTIFACT_BUCKET

_DIGEST = re.compile(r"[0-9a-f]{64}")
_ETAG_DIGITS = 32


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    """An object to hand out: its file, or its content when it has none."""

    etag: str
    version_id: str
    path: Path | None = None
    content: bytes = b""
    facts: ObjectFacts = ObjectFacts()


class Shelf:
    """The artifact store, the metadata documents, and the project's buckets.

    Concurrency: any thread.
    """

    def __init__(
        self, *, buckets: Buckets, blobs: Blobs, objects: Objects, book: JobBook, outputs: JobOutputs
    ) -> None:
        """Reads and writes nothing yet."""
        self.buckets = buckets
        self._blobs = blobs
        self._objects = objects
        self._book = book
        self._outputs = outputs

    def read(self, bucket: str, key: str, version_id: str = "") -> Shown:
        """An object, or one version of it.

        Raises: NotFoundError, UsageError for a name that cannot be one.
        """
        if bucket == ARTIFACT_BUCKET:
            return self._artifact(key)
        document = self._document(bucket, key)
        if document is not None:
            return document
        if version_id:
            digest, path = self.buckets.version(bucket, key, version_id)
        else:
            found = self.buckets.find(bucket, key)
            if found is None:
                raise NotFoundError(f"no object stands at {bucket}/{key}")
            digest, path = self.buckets.digest(found), found
        facts = self.buckets.facts(bucket, key)
        return Shown(etag=digest[:_ETAG_DIGITS], version_id=digest, path=path, facts=facts)

    def place(self, bucket: str, key: str) -> None:
        """Refuse an upload that could not be kept, before its body is read.

        Raises: DeniedError, NotFoundError, UsageError.
        """
        if bucket == ARTIFACT_BUCKET:
            self._outputs.place(self._book.commands(), _last(key))
        elif self._document(bucket, key) is not None:
            raise DeniedError("a metadata document is written by publishing only", place=f"{bucket}/{key}")
        else:
            self.buckets.path(bucket, key)

    def put(self, bucket: str, key: str, draft: Path, facts: ObjectFacts) -> str:
        """Make a draft the object; gives its digest. Raises as `place`, and TransientError on a full disk."""
        if bucket == ARTIFACT_BUCKET:
            target = self._outputs.place(self._book.commands(), _last(key))
            digest = self.buckets.digest(draft)
            draft.replace(target)
            return digest
        digest = self.buckets.digest(draft)
        self.buckets.put(bucket, key, draft, facts)
        return digest

    def _artifact(self, key: str) -> Shown:
        """An artifact by the digest in its key, or an output that was uploaded and is not taken yet."""
        last = _last(key)
        if _DIGEST.fullmatch(last) and self._blobs.has(last):
            return Shown(etag=last[:_ETAG_DIGITS], version_id=last, path=self._blobs.path(last))
        path = self._outputs.found(self._book.commands(), last)
        if path is None or not path.is_file():
            raise NotFoundError("there is no such artifact", place=key[:200])
        digest = self.buckets.digest(path)
        return Shown(etag=digest[:_ETAG_DIGITS], version_id=digest, path=path)

    def _document(self, bucket: str, key: str) -> Shown | None:
        try:
            found = self._objects.newest(f"{bucket}/{key}")
        except NotFoundError:
            return None
        return Shown(etag=found.etag.strip('"'), version_id=found.version_id, content=found.content)


def _last(key: str) -> str:
    return key.rpartition("/")[2]

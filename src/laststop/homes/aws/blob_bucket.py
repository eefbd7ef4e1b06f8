"""The contents of kept releases, by their digests, beside the site and out of readers' reach."""

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Callable, Container, Iterable
from datetime import timedelta
from itertools import islice
from typing import Final

from laststop.errors import InvariantError, TransientError, UsageError
from laststop.homes.aws.bucket import Bucket
from laststop.homes.aws.budget import Budget
from laststop.homes.aws.fan_out import each
from laststop.site.releases import Blob
from laststop.words.digests import digest_of
from laststop.words.ids import Digest
from laststop.words.instants import Instant

FOLDER = "blobs"
FRESH: Final = timedelta(days=7)
"""A content written in this time counts as stored; no deploy takes as long as is left until it is old."""
OLD: Final = timedelta(days=30)
"""A content that no kept release names is taken away when it was written so long ago."""
_PAGE = 1000
_HEADS_MAX = 400
"""More questions than that are answered by a listing, a thousand to a request."""
_REMEMBERED_BYTES = 64 * 1024 * 1024
_HEADERS = {"Content-Type": "application/octet-stream"}


class BlobBucket:
    """Content-addressed objects below `blobs/`; written once, and the same for ever.

    What this process stored a moment ago is remembered, within 64 MB: a switch right after a deploy reads
    nothing back. Only a content that was written lately counts as stored; an older one is sent again, so
    that retention, which takes old ones away, never takes one that a deploy relies on. Concurrency: any
    thread.
    """

    def __init__(self, bucket: Bucket, clock: Callable[[], Instant]) -> None:
        """`bucket` is the one the site lies in."""
        self._bucket = bucket
        self._clock = clock
        self._budget = Budget()
        self._there: set[Digest] = set()
        self._recent = _Recent()

    def missing(self, digests: Iterable[Digest]) -> frozenset[Digest]:
        """Those that are not stored, or so long ago that they may be taken away."""
        lately = self._clock() - FRESH
        asked = [digest for digest in dict.fromkeys(digests) if digest not in self._there]
        if len(asked) > _HEADS_MAX:
            found = self._bucket.list(FOLDER)
        else:
            heads = each(lambda digest: self._bucket.head(_key(digest)), asked)
            found = (head for head in heads if head is not None)
        self._there.update(Digest(head.key.rpartition("/")[2]) for head in found if head.at > lately)
        return frozenset(digest for digest in asked if digest not in self._there)

    def put_many(self, blobs: Iterable[Blob]) -> None:
        """Store contents, many at once, each checked against its digest before it is sent.

        Raises: UsageError for one that is not what its digest says.
        """
        each(self._put, blobs)

    def put(self, content: bytes) -> Digest:
        """Store one content under its digest."""
        digest = digest_of(content)
        self._send(digest, content)
        return digest

    def read(self, digest: Digest) -> bytes:
        """A content, checked.

        Raises: NotFoundError when it is not stored, TransientError when what came is not it.
        """
        content = self._recent.get(digest)
        if content is None:
            content = self._bucket.read(_key(digest))
            if hashlib.sha256(content).hexdigest() != digest:
                raise TransientError("what was read is not what was stored", place=_key(digest))
        return content

    def remove_old(self, wanted: Container[str]) -> int:
        """Let go of contents that are not wanted and were written long ago; gives how many."""
        before = self._clock() - OLD
        gone = 0
        heads = iter(self._bucket.list(FOLDER))
        while page := list(islice(heads, _PAGE)):
            keys = [
                head.key for head in page if head.at < before and head.key.rpartition("/")[2] not in wanted
            ]
            self._bucket.delete(keys)
            self._there.difference_update(Digest(key.rpartition("/")[2]) for key in keys)
            gone += len(keys)
        return gone

    def _put(self, blob: Blob) -> None:
        with self._budget.taking(blob.size_bytes):
            content = b"".join(blob.chunks)
            found = digest_of(content)
            if found != blob.digest:
                raise UsageError(f"a file is {found}, not {blob.digest} as announced")
            self._send(found, content)

    def _send(self, digest: Digest, content: bytes) -> None:
        if digest in self._there:
            return
        self._bucket.put(_key(digest), content, headers=_HEADERS)
        self._there.add(digest)
        self._recent.add(digest, content)


class _Recent:
    """The newest contents, up to a bound."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._held: OrderedDict[Digest, bytes] = OrderedDict()
        self._bytes = 0

    def add(self, digest: Digest, content: bytes) -> None:
        with self._lock:
            if digest in self._held or len(content) > _REMEMBERED_BYTES:
                return
            self._held[digest] = content
            self._bytes += len(content)
            while self._bytes > _REMEMBERED_BYTES:
                _, dropped = self._held.popitem(last=False)
                self._bytes -= len(dropped)

    def get(self, digest: Digest) -> bytes | None:
        with self._lock:
            return self._held.get(digest)


def _key(digest: Digest) -> str:
    if not digest:
        raise InvariantError("a content without a digest")
    return f"{FOLDER}/{digest}"

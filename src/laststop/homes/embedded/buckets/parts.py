"""Uploads in parts, as SDKs make them of large files. They live as long as the server does."""

import re
import secrets
import shutil
import threading
from pathlib import Path
from typing import Final

from laststop.errors import NotFoundError, UsageError
from laststop.homes.embedded.buckets.buckets import Buckets, ObjectFacts
from laststop.homes.embedded.disk import answering

PARTS_MAX: Final = 10_000
_UPLOADS_MAX: Final = 100
_ETAG_DIGITS: Final = 32
_NUMBER: Final = re.compile(rb"<PartNumber>\s*(\d{1,5})\s*</PartNumber>")


class _Parts:
    """One upload: where it leads, and its parts so far."""

    def __init__(self, bucket: str, key: str, facts: ObjectFacts) -> None:
        self.target = (bucket, key)
        self.facts = facts
        self.drafts: dict[int, Path] = {}


class PartUploads:
    """The uploads under way.

    Concurrency: any thread.
    """

    def __init__(self, buckets: Buckets) -> None:
        """`buckets` give the drafts."""
        self._buckets = buckets
        self._lock = threading.Lock()
        self._uploads: dict[str, _Parts] = {}

    def begin(self, bucket: str, key: str, facts: ObjectFacts) -> str:
        """A new upload's id; the oldest one is given up when there are too many."""
        upload_id = secrets.token_hex(16)
        with self._lock:
            self._uploads[upload_id] = _Parts(bucket, key, facts)
            surplus = list(self._uploads)[:-_UPLOADS_MAX]
        for old in surplus:
            self.end(old)
        return upload_id

    def check(self, upload_id: str, bucket: str, key: str) -> ObjectFacts:
        """What the object of an upload is to carry.

        Raises: NotFoundError when there is no such upload of this object.
        """
        with self._lock:
            found = self._uploads.get(upload_id)
        if found is None or found.target != (bucket, key):
            raise NotFoundError("there is no such upload", place=upload_id[:80])
        return found.facts

    def put(self, upload_id: str, number: str, draft: Path) -> str:
        """Keep a part; gives its ETag. A part that comes again replaces the earlier one.

        Raises: UsageError for a number that is none, NotFoundError when the upload was given up meanwhile.
        """
        if not number.isascii() or not number.isdigit() or not 1 <= int(number) <= PARTS_MAX:
            raise UsageError(f"a part has a number from 1 to {PARTS_MAX}", place="partNumber")
        etag = self._buckets.digest(draft)[:_ETAG_DIGITS]
        kept = self._buckets.draft()
        with answering(draft):
            draft.replace(kept)
        with self._lock:
            found = self._uploads.get(upload_id)
            before = found.drafts.get(int(number)) if found else kept
            if found is not None:
                found.drafts[int(number)] = kept
        if before is not None:
            before.unlink(missing_ok=True)
        if found is None:
            raise NotFoundError("there is no such upload", place=upload_id)
        return etag

    def join(self, upload_id: str, body: bytes) -> Path:
        """A draft of all the parts that the request names, in its order.

        Raises: UsageError when it names none, or one that never came.
        """
        numbers = [int(number) for number in _NUMBER.findall(body)]
        with self._lock:
            found = self._uploads.get(upload_id)
            drafts = dict(found.drafts) if found else {}
        missing = [number for number in numbers if number not in drafts]
        if missing or not numbers or numbers != sorted(set(numbers)):
            raise UsageError("the list of parts is not the one that was uploaded", place="body")
        whole = self._buckets.draft()
        with answering(whole), whole.open("wb") as target:
            for number in numbers:
                with drafts[number].open("rb") as part:
                    shutil.copyfileobj(part, target, 1 << 20)
        return whole

    def end(self, upload_id: str) -> None:
        """Let go of an upload and its parts; safe to call twice."""
        with self._lock:
            found = self._uploads.pop(upload_id, None)
        for draft in found.drafts.values() if found else ():
            draft.unlink(missing_ok=True)

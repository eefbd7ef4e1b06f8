"""The site's files in a bucket that an edge reads from, and how they become another release's."""

from collections.abc import Callable, Mapping
from itertools import islice
from typing import Final

import msgspec

from laststop.errors import ConflictError, NotFoundError, TransientError
from laststop.homes.aws.blob_bucket import BlobBucket
from laststop.homes.aws.bucket import Bucket
from laststop.homes.aws.budget import Budget
from laststop.homes.aws.fan_out import each
from laststop.homes.aws.site_plan import Known, SitePlan, Write, in_doubt, plan_site
from laststop.site.manifest import Manifest
from laststop.site.path import is_fingerprinted

FOLDER: Final = "site"
"""Readers reach nothing outside it: the distribution's origin path."""
INDEX_KEY: Final = "state/site.json"
_ROUNDS_MAX: Final = 5
_BATCH: Final = 256
"""Files between two looks at whose turn it is."""
_FOR_EVER = "public, max-age=31536000, immutable"


class _Index(msgspec.Struct, frozen=True, kw_only=True):
    """Path -> what is known of the object; a memory that may be lost, never one that may be wrong."""

    files: dict[str, Known] = {}


class SiteBucket:
    """Files below `site/`, written by plan, each page on condition of what the plan saw.

    Limit: a file that somebody else rewrites is noticed by its ETag the next time a release is shown or the
    sweep looks, not before.
    """

    def __init__(self, bucket: Bucket, blobs: BlobBucket, *, ttl_seconds: int) -> None:
        """`ttl_seconds` is how long an edge may keep a file whose name may come again with other content."""
        self._bucket = bucket
        self._blobs = blobs
        self._budget = Budget()
        self._changing = f"public, max-age=0, must-revalidate, s-maxage={ttl_seconds}"

    def show(self, manifest: Manifest, *, mine: Callable[[], bool]) -> int:
        """Make the files those of a release; gives how many were written.

        `mine` says whether we still have the turn; it is asked before every batch. When all is written, the
        bucket is listed again, until nothing differs: so two writers that met leave one release, not a
        mixture. Harmless to repeat, also after a kill at any point.
        Raises: ConflictError when the turn is somebody else's, TransientError when others keep writing.
        """
        known = self._index()
        written = 0
        for _ in range(_ROUNDS_MAX):
            plan = plan_site(manifest, stands=self._stands(), known=known)
            if plan.empty:
                return written
            known = self._perform(plan, known, mine)
            written += len(plan.paths)
        raise TransientError(
            "somebody else keeps writing the site's files", place=self._bucket.name, hint="try again"
        )

    def tidy(self, kept: frozenset[str], *, mine: Callable[[], bool]) -> int:
        """Take away files with a fingerprint whose paths no kept release has; gives how many."""
        known = self._index()
        gone = sorted(path for path in known if is_fingerprinted(path) and path not in kept)
        if not gone or not mine():
            return 0
        self._bucket.delete(_key(path) for path in gone)
        self._remember({path: what for path, what in known.items() if path not in set(gone)})
        return len(gone)

    def _perform(
        self, plan: SitePlan, known: Mapping[str, Known], mine: Callable[[], bool]
    ) -> dict[str, Known]:
        """Write and remove what the plan says; gives what is known of the files then."""
        after = in_doubt(known, plan.paths)
        self._remember(after)
        for group in plan.groups:
            rest = iter(group)
            while batch := list(islice(rest, _BATCH)):
                _must(mine)
                for write, found in zip(batch, each(self._write, batch), strict=True):
                    after[write.path] = found
        if plan.removed:
            _must(mine)
            self._bucket.delete(_key(path) for path in plan.removed)
            for path in plan.removed:
                del after[path]
        self._remember(after)
        return after

    def _write(self, write: Write) -> Known:
        """Write one file; where somebody else was faster, its object is in doubt and planned again."""
        cache = _FOR_EVER if is_fingerprinted(write.path) else self._changing
        with self._budget.taking(write.entry.size_bytes):
            content = self._blobs.read(write.entry.digest)
            try:
                put = self._bucket.put(
                    _key(write.path),
                    content,
                    headers={"Content-Type": write.entry.content_type, "Cache-Control": cache},
                    expected=write.expected,
                )
            except ConflictError:
                return Known()
        return Known(etag=put.etag, digest=write.entry.digest, content_type=write.entry.content_type)

    def _stands(self) -> dict[str, str]:
        return {head.key.removeprefix(f"{FOLDER}/"): head.etag for head in self._bucket.list(FOLDER)}

    def _index(self) -> dict[str, Known]:
        try:
            return dict(msgspec.json.decode(self._bucket.read(INDEX_KEY), type=_Index).files)
        except (NotFoundError, msgspec.MsgspecError, UnicodeDecodeError):
            return {}  # then every file is written anew

    def _remember(self, known: Mapping[str, Known]) -> None:
        self._bucket.put(
            INDEX_KEY,
            msgspec.json.encode(_Index(files=dict(known))),
            headers={"Content-Type": "application/json"},
        )


def _must(mine: Callable[[], bool]) -> None:
    if not mine():
        raise ConflictError(
            "another switch of the site began meanwhile", hint="it is judged again by what it left"
        )


def _key(path: str) -> str:
    return f"{FOLDER}/{path}"

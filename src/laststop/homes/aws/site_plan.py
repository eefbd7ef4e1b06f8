"""What has to be written, and in which order, so that a bucket shows a release.

S3 has no switch over many objects. So files come first that nothing refers to yet, pages after the files they
refer to, the entry page after the pages, and the note, by which everybody tells releases apart, last.
"""

from collections.abc import Iterable, Mapping

import msgspec

from laststop.site.build_note import NOTE_PATH
from laststop.site.manifest import Manifest, ManifestEntry
from laststop.site.path import INDEX, is_fingerprinted, is_page


class Known(msgspec.Struct, frozen=True, kw_only=True, array_like=True):
    """What an object of ours holds, as of the write that gave it this ETag; an empty one is in doubt."""

    etag: str = ""
    digest: str = ""
    content_type: str = ""


class Write(msgspec.Struct, frozen=True, kw_only=True):
    """One file to write; `expected` is the ETag that stands there, None where nothing does."""

    path: str
    entry: ManifestEntry
    expected: str | None


class SitePlan(msgspec.Struct, frozen=True, kw_only=True):
    """Files to write, group after group, and paths to take away when all are written."""

    groups: tuple[tuple[Write, ...], ...] = ()
    removed: tuple[str, ...] = ()

    @property
    def empty(self) -> bool:
        """Whether the bucket shows the release already."""
        return not self.groups and not self.removed

    @property
    def paths(self) -> frozenset[str]:
        """Everything that will be written."""
        return frozenset(write.path for group in self.groups for write in group)


def plan_site(manifest: Manifest, *, stands: Mapping[str, str], known: Mapping[str, Known]) -> SitePlan:
    """Plan from what stands there (path -> ETag) and what is known of objects of ours.

    An object is left alone only if its ETag is the one of our own write of exactly that content. Paths of
    ours that the release lacks are removed, but for those with a fingerprint: open pages may still ask for
    them. What somebody else put there is not touched.
    """
    writes = [
        Write(path=path, entry=entry, expected=stands.get(path))
        for path, entry in manifest.files.items()
        if not _shows(entry, stands.get(path), known.get(path))
    ]
    groups: dict[int, list[Write]] = {}
    for write in sorted(writes, key=lambda write: write.path):
        groups.setdefault(_rank(write.path), []).append(write)
    removed = sorted(
        path
        for path in known.keys() & stands.keys()
        if path not in manifest.files and not is_fingerprinted(path)
    )
    return SitePlan(groups=tuple(tuple(groups[rank]) for rank in sorted(groups)), removed=tuple(removed))


def _shows(entry: ManifestEntry, etag: str | None, known: Known | None) -> bool:
    return (
        known is not None
        and bool(known.etag)
        and known.etag == etag
        and (known.digest, known.content_type) == (entry.digest, entry.content_type)
    )


def _rank(path: str) -> int:
    if path == NOTE_PATH:
        return 4
    if path == INDEX:
        return 3
    if is_page(path):
        return 2
    return 0 if is_fingerprinted(path) else 1


def in_doubt(known: Mapping[str, Known], paths: Iterable[str]) -> dict[str, Known]:
    """What is known once these paths are about to be written: that they are ours, and no longer what."""
    return {**known, **dict.fromkeys(paths, Known())}

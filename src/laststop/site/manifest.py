"""Everything a release is made of, by path."""

from collections.abc import Iterable

import msgspec

from laststop.errors import UsageError
from laststop.site.path import check_path, content_type_of
from laststop.words.digests import digest_of
from laststop.words.ids import Digest

_HEX = frozenset("0123456789abcdef")
_DIGEST_LENGTH = 64


class ManifestEntry(msgspec.Struct, frozen=True, kw_only=True):
    """One file as readers get it.

    Units: `size_bytes` as served.
    """

    digest: Digest
    size_bytes: int
    content_type: str


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """Path, without a leading slash, -> file."""

    files: dict[str, ManifestEntry] = {}

    @property
    def content(self) -> bytes:
        """The one JSON text of this manifest, sorted, as it is stored and digested."""
        return msgspec.json.encode(self, order="sorted")

    @property
    def digest(self) -> Digest:
        """Equal for two manifests exactly when readers get the same files. Encodes all of it: ask once."""
        return digest_of(self.content)

    @property
    def digests(self) -> frozenset[Digest]:
        """The blobs it needs."""
        return frozenset(entry.digest for entry in self.files.values())

    @property
    def size_bytes(self) -> int:
        """All files together."""
        return sum(entry.size_bytes for entry in self.files.values())

    def of(self, path: str) -> ManifestEntry | None:
        """The file at a path."""
        return self.files.get(path)

    def adding(self, path: str, entry: ManifestEntry) -> "Manifest":
        """The same with one file more, or another in its place."""
        return Manifest(files={**self.files, path: entry})

    def without(self, path: str) -> "Manifest":
        """The same without one path."""
        return Manifest(files={name: entry for name, entry in self.files.items() if name != path})


def entry_of(path: str, content: bytes) -> ManifestEntry:
    """The manifest's line for some bytes at a path."""
    return ManifestEntry(
        digest=digest_of(content), size_bytes=len(content), content_type=content_type_of(path)
    )


def manifest_of(files: Iterable[tuple[str, Digest, int]]) -> Manifest:
    """A manifest of (path, digest, size in bytes).

    Raises: UsageError for a path that a site may not hold, or given twice.
    """
    entries: dict[str, ManifestEntry] = {}
    for path, digest, size_bytes in files:
        if check_path(path) in entries:
            raise UsageError("the file stands twice in the site", place=repr(path))
        entries[path] = ManifestEntry(
            digest=digest, size_bytes=size_bytes, content_type=content_type_of(path)
        )
    return Manifest(files=entries)


def parse_manifest(content: bytes, *, place: str = "manifest") -> Manifest:
    """Read what `Manifest.content` wrote; keys a later version may add are passed over.

    Raises: UsageError naming what does not fit.
    """
    try:
        manifest = msgspec.json.decode(content, type=Manifest)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise UsageError(f"is no manifest ({error})", place=place) from error
    for path, entry in manifest.files.items():
        check_path(path, place=f"{place} files[{path!r}]")
        if len(entry.digest) != _DIGEST_LENGTH or not _HEX.issuperset(entry.digest) or entry.size_bytes < 0:
            raise UsageError("the digest or the size is none", place=f"{place} files[{path!r}]")
    return manifest

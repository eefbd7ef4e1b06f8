"""A backup file: a tar of store, blobs, logs and buckets, with the list of all of it at its end."""

import hashlib
import re
from typing import Final, Protocol

import msgspec

STORE: Final = "laststop.db"
LISTING: Final = "backup.json"
FORMAT: Final = 1
"""Raised when an older laststop could not read the file any more."""
_MEMBER: Final = re.compile(
    r"laststop\.db|blobs/[0-9a-f]{2}/[0-9a-f]{62}"
    r"|logs/[0-9A-Za-z-]{1,64}/[^/\x00]{1,240}\.(?:ndjson|reports\.json)"
    r"|buckets/(?:\.facts/)?[a-z0-9][a-z0-9.-]{1,62}/[^\x00]{1,1100}",
    re.DOTALL,
)
_NOWHERE: Final = frozenset({"", ".", ".."})


class Entry(msgspec.Struct, frozen=True, kw_only=True, array_like=True):
    """One file of a backup; `digest` is SHA-256."""

    name: str
    size_bytes: int
    digest: str


class Listing(msgspec.Struct, frozen=True, kw_only=True):
    """What a backup holds, and of what. `damaged` blobs did not match their digest any more: left out."""

    format: int
    laststop: str
    project: str
    made_at: str
    entries: tuple[Entry, ...]
    damaged: tuple[str, ...] = ()

    @property
    def size_bytes(self) -> int:
        """Of all files together."""
        return sum(entry.size_bytes for entry in self.entries)


class Readable(Protocol):
    """What can be read in pieces."""

    def read(self, size: int = -1, /) -> bytes:
        """At most so many bytes."""
        ...


class Measured:
    """A file as it is read: at most so many bytes, counted and hashed."""

    def __init__(self, file: Readable, size_bytes: int) -> None:
        """Nothing is read yet."""
        self._file = file
        self._left = size_bytes
        self._hasher = hashlib.sha256()
        self.size_bytes = 0

    def read(self, size: int = -1, /) -> bytes:
        """The next piece; empty at the end."""
        piece = self._file.read(self._left if size < 0 else min(size, self._left))
        self._left -= len(piece)
        self.size_bytes += len(piece)
        self._hasher.update(piece)
        return piece

    @property
    def digest(self) -> str:
        """Of what was read."""
        return self._hasher.hexdigest()


def is_member(name: str) -> bool:
    """Whether a backup may hold a file of this name, its listing apart; no such name leads anywhere else."""
    return _MEMBER.fullmatch(name) is not None and _NOWHERE.isdisjoint(name.split("/"))


def blob_name(digest: str) -> str:
    """Where a blob stands in a backup."""
    return f"blobs/{digest[:2]}/{digest[2:]}"

"""Content-addressed files on disk: what has a digest is kept once, whole or not at all.

A blob lies at `ab/cdef…`, its digest cut after two digits. It is written as a draft on the same file system,
synced, renamed to its name, and the folder is synced: a blob that can be seen is complete.
"""

import hashlib
import os
import stat
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final, Self

from laststop.errors import UsageError
from laststop.homes.embedded.blob_drafts import Draft, Drafts
from laststop.homes.embedded.disk import answering, make_folder, names_in, sync, sync_all
from laststop.words.digests import digest_of
from laststop.words.ids import Digest

_CHUNK_BYTES: Final = 1 << 20
_DIGITS: Final = 64
_SHELF_DIGITS: Final = 2
_HEX: Final = frozenset("0123456789abcdef")


class Blobs:
    """The blobs below one folder.

    Concurrency: any number of threads and processes may use one folder; equal content written twice at once
        ends as one blob.
    Limit: `remove` does not know who still needs a blob. Who collects must keep writers out meanwhile.
    """

    def __init__(self, folder: Path) -> None:
        """Touches nothing: the folder is made by the first write, so a reader needs no right to write."""
        self.folder = folder
        self._drafts = Drafts(folder / "incoming")

    def put_bytes(self, content: bytes) -> Digest:
        """Keep some bytes; they survive a power cut once this returns.

        Raises: TransientError when the disk is full, DeniedError when it may not be written to.
        """
        return self.put_many([content])[0][0]

    def put_stream(self, chunks: Iterable[bytes]) -> tuple[Digest, int]:
        """Keep what an iterator yields without holding it in memory; gives digest and size in bytes.

        Raises: as `put_bytes`; what the iterator raises passes through and leaves nothing behind.
        """
        draft = self._drafts.write(chunks)
        self._publish([draft], set())
        return draft.digest, draft.size_bytes

    def put_file(self, path: Path, *, move: bool = False) -> tuple[Digest, int]:
        """Keep a file's content; with `move` the file is gone afterwards, and often becomes the blob itself.

        Raises: as `put_bytes`; NotFoundError when there is no such file, UsageError when it is no file.
        Limit: with `move` nobody may still be writing to the file.
        """
        with answering(path):
            facts = path.lstat()
            if not stat.S_ISREG(facts.st_mode):
                raise UsageError("is not a regular file", place=str(path))
            if move and self._can_become_blob(facts):
                return self._adopt(path)
        kept = self.put_stream(_chunks_of(path))
        if move:
            with answering(path):
                path.unlink(missing_ok=True)
        return kept

    def put_many(self, contents: Iterable[bytes | Path]) -> list[tuple[Digest, int]]:
        """Keep many contents, given as bytes or as files to copy; gives digest and size of each, in order.

        All of them survive a power cut once this returns; a failure may leave some of them kept.

        Raises: as `put_bytes` and `put_file`; what the iterator raises passes through.
        """
        kept: list[tuple[Digest, int]] = []
        drafts: list[Draft] = []
        shelves: set[Path] = set()
        try:
            for content in contents:
                if isinstance(content, bytes) and self._holds(digest := digest_of(content), len(content)):
                    kept.append((digest, len(content)))
                    shelves.add(self.path(digest).parent)
                    continue
                draft = self._drafts.write([content] if isinstance(content, bytes) else _chunks_of(content))
                drafts.append(draft)
                kept.append((draft.digest, draft.size_bytes))
        except BaseException:
            _discard(drafts)
            raise
        self._publish(drafts, shelves)
        return kept

    def path(self, digest: str) -> Path:
        """Where the blob of that digest lies, or would lie.

        Raises: UsageError when the text is no digest; nothing else ever becomes a path.
        """
        if len(digest) != _DIGITS or not _HEX.issuperset(digest):
            raise UsageError(
                f"{digest[:80]!r} is no digest",
                place=str(self.folder),
                hint="a digest is SHA-256 in 64 lower-case hex digits",
            )
        return self.folder / digest[:_SHELF_DIGITS] / digest[_SHELF_DIGITS:]

    def read(self, digest: str) -> bytes:
        """The content of a blob, not verified.

        Raises: NotFoundError when it is not here.
        """
        path = self.path(digest)
        with answering(path):
            return path.read_bytes()

    def has(self, digest: str) -> bool:
        """Whether the blob is here."""
        return self.path(digest).is_file()

    def missing(self, digests: Iterable[Digest]) -> set[Digest]:
        """Those of the digests that have no blob here."""
        return {digest for digest in digests if not self.has(digest)}

    def verify(self, digest: str) -> bool:
        """Whether the blob's content still has its digest.

        Raises: NotFoundError when it is not here.
        """
        path = self.path(digest)
        with answering(path):
            return _file_digest(path) == digest

    def remove(self, digest: str) -> None:
        """See that the blob is not here; nothing happens when it was not."""
        path = self.path(digest)
        with answering(path):
            path.unlink(missing_ok=True)

    def all(self) -> Iterator[Digest]:
        """Every digest that has a blob here, ascending; one written meanwhile may or may not show."""
        for shelf in names_in(self.folder):
            if len(shelf) == _SHELF_DIGITS and _HEX.issuperset(shelf):
                for rest in names_in(self.folder / shelf):
                    if len(rest) == _DIGITS - _SHELF_DIGITS and _HEX.issuperset(rest):
                        yield Digest(shelf + rest)

    def sweep(self) -> None:
        """Remove what killed processes left half-written; the first write does so as well."""
        self._drafts.sweep()

    def close(self) -> None:
        """Give up the staging folder, once no write is under way; a later one opens a new folder."""
        self._drafts.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _publish(self, drafts: list[Draft], shelves: set[Path]) -> None:
        """Sync drafts, give them their names and sync their shelves, and the shelves named besides."""
        try:
            with answering(self.folder):
                sync_all([draft.path for draft in drafts])
                for shelf in shelves | {self._settle(draft) for draft in drafts}:
                    sync(shelf)
        except BaseException:
            _discard(drafts)
            raise

    def _settle(self, draft: Draft) -> Path:
        """Give a synced draft its name; the shelf returned still needs a sync.

        A blob of that name is replaced by its equal, which mends it if a disk has harmed it.
        """
        final = self.path(draft.digest)
        try:
            draft.path.rename(final)
        except FileNotFoundError:
            make_folder(final.parent)
            draft.path.rename(final)
        return final.parent

    def _holds(self, digest: Digest, size_bytes: int) -> bool:
        """Whether a blob is here in full length; one that a disk cut short is written anew."""
        try:
            return self.path(digest).stat().st_size == size_bytes
        except OSError:
            return False  # the write that follows meets the same fault and reports it

    def _can_become_blob(self, facts: os.stat_result) -> bool:
        """Whether renaming is enough: same file system, and no other name through which it could change."""
        make_folder(self.folder)
        return facts.st_nlink == 1 and facts.st_dev == self.folder.stat().st_dev

    def _adopt(self, path: Path) -> tuple[Digest, int]:
        """Make a file the blob; until the rename it stays where it was, so a kill loses nothing."""
        facts = path.stat()
        path.chmod(stat.S_IMODE(facts.st_mode) & 0o444)
        sync(path)
        draft = Draft(path=path, digest=_file_digest(path), size_bytes=facts.st_size)
        sync(self._settle(draft))
        return draft.digest, draft.size_bytes


def _file_digest(path: Path) -> Digest:
    with path.open("rb") as file:
        return Digest(hashlib.file_digest(file, "sha256").hexdigest())


def _chunks_of(path: Path) -> Iterator[bytes]:
    """A file's content, a megabyte at a time."""
    with answering(path), path.open("rb") as file:
        while chunk := file.read(_CHUNK_BYTES):
            yield chunk


def _discard(drafts: list[Draft]) -> None:
    """Remove the drafts that did not become blobs."""
    for draft in drafts:
        draft.path.unlink(missing_ok=True)

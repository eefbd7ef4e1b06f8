"""The metadata documents: versioned objects in the store, and what publishing notes beside them."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from laststop.catalog.change import Change
from laststop.catalog.document import Document, delta, empty
from laststop.catalog.document_zip import etag, pack, unpack
from laststop.catalog.ports.documents import DocumentRevision
from laststop.catalog.record import Undecodable
from laststop.catalog.standing import Standing
from laststop.errors import ConflictError, NotFoundError
from laststop.homes.embedded.store.journal import Transaction, View
from laststop.homes.embedded.store.statements import load
from laststop.words.digests import digest_of
from laststop.words.facts_catalog import (
    ChangesPublished,
    DocumentReplaced,
    EntryChange,
    PublishedChange,
    RecordSetAside,
    StandingMark,
    StandingsNoted,
    journal_seq,
)
from laststop.words.facts_notices import VerdictSettled
from laststop.words.instants import Instant, parse_instant
from laststop.words.verdicts import VerdictKind

_SQL = load("catalog.sql")


class StoredDocuments:
    """The `Documents` port inside one transaction, or, read-only, inside one view."""

    def __init__(
        self, view: View, locations: Mapping[str, str], clock: Callable[[], Instant], *, because: str = ""
    ) -> None:
        """`locations` tells where each object stands for S3 sources: `documents/routing.zip`.

        `because` is kept with every write that no change of the catalog asked for.
        """
        self._view = view
        self._locations = locations
        self._clock = clock
        self._because = because

    def head(self, object_: str) -> DocumentRevision | None:
        """The newest revision, or None before the first write."""
        row = self._view.connection.execute(_SQL["head"], (object_,)).fetchone()
        return _revision(row) if row else None

    def read(self, revision: DocumentRevision) -> Document:
        """The document of exactly that revision."""
        row = self._view.connection.execute(_SQL["content"], (revision.version_id,)).fetchone()
        if row is None:
            raise NotFoundError(
                f"generation {revision.generation} of {revision.object} is no longer kept",
                hint="raise [retention] runs to keep documents longer",
            )
        return unpack(revision.object, row[0])

    def replace(self, document: Document, *, expected: DocumentRevision | None) -> DocumentRevision:
        """Write the document as the new revision if `expected` is still the newest."""
        newest = self.head(document.object)
        if (newest.version_id if newest else None) != (expected.version_id if expected else None):
            raise ConflictError(f"{document.object} moved to another generation meanwhile")
        before = self.read(newest) if newest else empty(document.object, document.types)
        content = pack(document)
        tag = etag(content)
        version_id = digest_of(f"{document.object}/{document.generation}/{tag}".encode())[:32]
        entries = tuple(
            EntryChange(
                type=each.type,
                algorithm=each.algorithm,
                version=each.after.version if each.after else None,
                attributes=each.after.attributes if each.after else {},
            )
            for each in delta(before, document)
        )
        _appending(self._view).append(
            DocumentReplaced(
                at=self._clock(),
                object=document.object,
                location=self._locations[document.object],
                generation=document.generation,
                version_id=version_id,
                etag=tag,
                size_bytes=len(content),
                types=tuple(document.types),
                entries=entries,
                because=self._because,
            )
        )
        written = self.head(document.object)
        if written is None:
            raise NotFoundError(f"{document.object} was not written")
        return written


class StoredStandings:
    """The `Standings` port inside one transaction."""

    def __init__(self, view: View, clock: Callable[[], Instant]) -> None:
        """Writing needs a `Transaction`."""
        self._view = view
        self._clock = clock

    def of(self, algorithm: str) -> tuple[Standing, ...]:
        """What is known of an algorithm's versions."""
        rows = self._view.connection.execute(_SQL["standings"], (algorithm,))
        return tuple(
            Standing(algorithm=algorithm, version=version, released=int(released), retired=int(retired))
            for version, released, retired in rows
        )

    def note(self, standings: Iterable[Standing]) -> None:
        """Add evidence; what is known already writes nothing."""
        news = tuple(
            StandingMark(
                algorithm=standing.algorithm,
                version=standing.version,
                released=standing.released,
                retired=standing.retired,
            )
            for standing in standings
            if not self._known(standing)
        )
        if news:
            _appending(self._view).append(StandingsNoted(at=self._clock(), marks=news))

    def _known(self, standing: Standing) -> bool:
        """Whether the store holds this evidence, or newer, already."""
        key = (standing.algorithm, standing.version)
        row = self._view.connection.execute(_SQL["standing"], key).fetchone()
        return row is not None and int(row[0]) >= standing.released and int(row[1]) >= standing.retired


class StoredPublications:
    """The `Publications` port inside one transaction."""

    def __init__(self, transaction: Transaction, clock: Callable[[], Instant]) -> None:
        """The transaction also moves the reader's cursor."""
        self._transaction = transaction
        self._clock = clock

    def published(self, object_: str, generation: int, changes: Iterable[Change]) -> None:
        """One fact for all of them."""
        taken = tuple(self._taken(change) for change in changes)
        self._transaction.append(
            ChangesPublished(at=self._clock(), object=object_, generation=generation, changes=taken)
        )

    def rejected(self, change: Change, reason: str) -> None:
        """A change that can never be shown gets its final verdict at once."""
        taken = self._taken(change)
        self._transaction.append(
            ChangesPublished(at=self._clock(), object="", generation=0, changes=(taken,))
        )
        self._transaction.append(
            VerdictSettled(
                at=self._clock(), verdict=VerdictKind.REJECTED, reason=reason, changes=(taken.seq,)
            )
        )

    def set_aside(self, record: Undecodable) -> None:
        """Keep a record that cannot be used."""
        self._transaction.append(
            RecordSetAside(
                at=self._clock(),
                sequence_number=int(record.sequence_number or 0),
                reason=record.reason,
                record=record.record.decode(errors="replace"),
            )
        )

    def _taken(self, change: Change) -> PublishedChange:
        seq = journal_seq(change.sequence_number)
        row = self._transaction.connection.execute(_SQL["recorded_at"], (seq,)).fetchone()
        return PublishedChange(
            seq=seq,
            algorithm=change.algorithm,
            version=change.version,
            type=change.new.type if change.new else "",
            recorded_at=parse_instant(row[0]) if row else change.at,
        )


def _appending(view: View) -> Transaction:
    if not isinstance(view, Transaction):
        raise TypeError("a view only reads")
    return view


def _revision(row: tuple[Any, ...]) -> DocumentRevision:
    object_, location, version_id, tag, generation, size_bytes, written_at = row
    return DocumentRevision(
        object=object_,
        key=location,
        version_id=version_id,
        etag=tag,
        generation=generation,
        size_bytes=size_bytes,
        at=parse_instant(written_at),
    )

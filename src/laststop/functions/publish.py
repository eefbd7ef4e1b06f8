"""From changes of the catalog to metadata documents, by the doorbell rule.

A record only says which algorithms to look at. For those, the documents are read first, then the rows, and
what the rows say is written on condition that no document moved meanwhile; else all is read again. So every
write is at least as new as the one before, whatever the order, repetition or loss of the records.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Protocol

import msgspec

from laststop.catalog.active import active
from laststop.catalog.algorithm import Algorithm
from laststop.catalog.change import Change
from laststop.catalog.columns import OWN_COLUMNS, Columns
from laststop.catalog.dealing import DocumentObject
from laststop.catalog.document import Document, Entry, EntryChange, delta, with_entries, with_types
from laststop.catalog.phases import Phases
from laststop.catalog.ports.documents import DocumentRevision, Documents
from laststop.catalog.ports.standings import Standings
from laststop.catalog.ports.versions import Versions
from laststop.catalog.record import Undecodable, decode_batch
from laststop.catalog.standing import Standing, counting, evidence, merged
from laststop.catalog.version import VersionRow
from laststop.errors import ConflictError, InvariantError, TransientError

ATTEMPTS_MAX = 20
"""Conflicts in a row before the batch is given back to be tried later."""


class Policy(msgspec.Struct, frozen=True, kw_only=True):
    """What the project says about its catalog."""

    phases: Phases
    objects: tuple[DocumentObject, ...]
    allow_prereleases: bool = False
    columns: Columns = OWN_COLUMNS

    @property
    def types(self) -> tuple[str, ...]:
        """All types, in the order of the objects."""
        return tuple(type_ for each in self.objects for type_ in each.types)

    def object_of(self, type_: str) -> str | None:
        """The object that carries a type's document."""
        return next((each.object for each in self.objects if type_ in each.types), None)


class Publications(Protocol):
    """The ledger's memory of what publishing made of the changes."""

    def published(self, object_: str, generation: int, changes: Iterable[Change]) -> None:
        """These changes are taken into account by this generation and every later one; may repeat."""
        ...

    def rejected(self, change: Change, reason: str) -> None:
        """The change can never be shown; final."""
        ...

    def set_aside(self, record: Undecodable) -> None:
        """The record cannot be used; it is kept with its reason and counts as done."""
        ...


class Shelf(msgspec.Struct, frozen=True, kw_only=True):
    """The ports that publishing works through."""

    versions: Versions
    documents: Documents
    standings: Standings
    publications: Publications


def publish(event: bytes | Mapping[str, Any], *, shelf: Shelf, policy: Policy) -> Mapping[str, int]:
    """Deal with a batch of stream records: one write per document at most, however many records.

    Gives the objects whose documents take changes into a release phase into account, and by which generation.
    Raises: TransientError when the store is throttled, or others keep writing the same document; the batch is
        delivered again, which is harmless.
    """
    changes = []
    for record in decode_batch(event, policy.columns):
        if isinstance(record, Undecodable):
            shelf.publications.set_aside(record)
        else:
            changes.append(record)
    proofs = (evidence(change, policy.phases) for change in changes)
    shelf.standings.note(merged(proof for proof in proofs if proof is not None))
    waking = [change for change in changes if change.wakes(policy.phases)]
    if not waking:
        return {}
    generations = refresh({change.algorithm for change in waking}, shelf=shelf, policy=policy)
    return _settle_in(generations, waking, shelf.publications, policy)


def _settle_in(
    generations: Mapping[str, int], changes: Iterable[Change], publications: Publications, policy: Policy
) -> Mapping[str, int]:
    """Note by which generation the changes into a release phase are taken into account; gives those."""
    by_object: dict[str, list[Change]] = {}
    for change in changes:
        if change.new is None or change.is_pin:
            continue
        if not policy.phases.enters_release(change.old_phase, change.new_phase):
            continue
        object_ = policy.object_of(change.new.type)
        if object_ is None:
            publications.rejected(change, f'the project has no type "{change.new.type}"')
        else:
            by_object.setdefault(object_, []).append(change)
    for object_, taken in by_object.items():
        publications.published(object_, generations[object_], taken)
    return {object_: generations[object_] for object_ in by_object}


def refresh(algorithms: Iterable[str], *, shelf: Shelf, policy: Policy) -> dict[str, int]:
    """Make every document say what the rows of these algorithms say; gives each object's generation.

    Raises: as `publish`.
    """
    names = sorted(set(algorithms))
    for _ in range(ATTEMPTS_MAX):
        held = {each.object: _held(shelf.documents, each) for each in policy.objects}
        found = {name: (shelf.versions.of(name), shelf.standings.of(name)) for name in names}
        entries = {name: _shown(algorithm, known, policy) for name, (algorithm, known) in found.items()}
        try:
            return {
                each.object: _write(shelf.documents, each, held[each.object], entries)
                for each in policy.objects
            }
        except ConflictError:
            continue
    raise TransientError(
        f"others kept writing the documents while {len(names)} algorithms were published",
        hint="the records are delivered again by themselves",
    )


def _held(documents: Documents, each: DocumentObject) -> DocumentRevision:
    """The newest revision, read before any row."""
    revision = documents.head(each.object)
    if revision is None:
        raise InvariantError(f"the first document of {each.object} was never written")
    return revision


Shown = tuple[Entry | None, str]
"""An algorithm's active entry, and the type it is shown under."""


def _shown(algorithm: Algorithm, known: Iterable[Standing], policy: Policy) -> Shown:
    types = set(policy.types)
    rows = counting(algorithm, known, policy.phases)
    row = active(
        (row for row in rows if row.type in types),
        algorithm.pin,
        allow_prereleases=policy.allow_prereleases,
    )
    return (Entry(version=row.version, attributes=row.attributes) if row else None, row.type if row else "")


def _write(
    documents: Documents, each: DocumentObject, held: DocumentRevision, entries: Mapping[str, Shown]
) -> int:
    """Write one document if it says something else than the rows; gives its generation."""
    before = documents.read(held)
    after = _after(before, each, entries)
    if after is before:
        return before.generation
    once = msgspec.structs.replace(after, generation=before.generation + 1)
    return documents.replace(once, expected=held).generation


def _after(before: Document, each: DocumentObject, entries: Mapping[str, Shown]) -> Document:
    """The document with these entries; the very same object when nothing differs."""
    changes = {
        (type_, name): entry if type_ == shown_under else None
        for name, (entry, shown_under) in entries.items()
        for type_ in each.types
    }
    return with_entries(with_types(before, each.types), changes)


def foresee(
    row: VersionRow, *, versions: Versions, documents: Documents, standings: Standings, policy: Policy
) -> Iterator[tuple[str, EntryChange]]:
    """What the documents would say otherwise if a version's row were this one: (object, change).

    Nothing is written.
    Raises: InvariantError when a document was never written.
    """
    algorithm, known = versions.of(row.algorithm), standings.of(row.algorithm)
    counted = {each.version for each in counting(algorithm, known, policy.phases)}
    row = msgspec.structs.replace(row, released=row.version in counted)
    others = tuple(each for each in algorithm.versions if each.version != row.version)
    shown = _shown(msgspec.structs.replace(algorithm, versions=(*others, row)), known, policy)
    for each in policy.objects:
        before = documents.read(_held(documents, each))
        for change in delta(before, _after(before, each, {row.algorithm: shown})):
            yield each.object, change

"""The metadata document of one object: which version of each algorithm is active, and what the page needs."""

from collections.abc import Iterable, Mapping

import msgspec

from laststop.catalog.attributes import Attributes, identical
from laststop.catalog.version import VersionRow
from laststop.errors import InvariantError


class Entry(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The active version of an algorithm, with its attributes as they were when the row was last read.

    New attributes of a version that is shown ring no bell; the next publish of the algorithm, or the sweep,
    brings them.
    """

    version: str
    attributes: Attributes = {}


class Document(msgspec.Struct, frozen=True, kw_only=True):
    """What one object holds: type -> algorithm -> entry.

    `generation` is the count of writes; two contents never share one.
    """

    object: str
    generation: int
    types: dict[str, dict[str, Entry]]

    def entry(self, type_: str, algorithm: str) -> Entry | None:
        """What the document shows for an algorithm under a type."""
        return self.types.get(type_, {}).get(algorithm)


class EntryChange(msgspec.Struct, frozen=True, kw_only=True):
    """One difference between two documents; None = was, or is, not shown."""

    type: str
    algorithm: str
    before: Entry | None
    after: Entry | None


def empty(object_: str, types: Iterable[str]) -> Document:
    """The document of generation 0, which must exist before the pipeline does."""
    document = Document(object=object_, generation=0, types={type_: {} for type_ in types})
    if not document.types:
        raise InvariantError(f"the document {object_} holds no type")
    return document


def entries_for(
    algorithm: str, row: VersionRow | None, types: Iterable[str]
) -> dict[tuple[str, str], Entry | None]:
    """The changes that make a document of these types show exactly `row` for an algorithm.

    It takes the algorithm out of every other type of the document, so no version is shown twice.
    """
    shown = None if row is None else Entry(version=row.version, attributes=row.attributes)
    return {(type_, algorithm): shown if row is not None and row.type == type_ else None for type_ in types}


def with_types(document: Document, types: Iterable[str]) -> Document:
    """The document holding exactly these types: new ones empty, others gone, after types were dealt anew.

    The very same object comes back when it holds them already; otherwise the generation is one higher.
    """
    dealt = {type_: document.types.get(type_, {}) for type_ in types}
    if dealt.keys() == document.types.keys():
        return document
    return Document(object=document.object, generation=document.generation + 1, types=dealt)


def with_entries(document: Document, changes: Mapping[tuple[str, str], Entry | None]) -> Document:
    """The document with entries set (or, by None, taken out), keyed by (type, algorithm).

    The very same object comes back when nothing differs; otherwise the generation is one higher.
    Raises: InvariantError for a type that this document does not hold.
    """
    types = {type_: dict(entries) for type_, entries in document.types.items()}
    differs = False
    for (type_, algorithm), entry in changes.items():
        if type_ not in types:
            raise InvariantError(f'the document {document.object} holds no type "{type_}"')
        if identical(types[type_].get(algorithm), entry):
            continue
        differs = True
        if entry is None:
            del types[type_][algorithm]
        else:
            types[type_][algorithm] = entry
    if not differs:
        return document
    return Document(object=document.object, generation=document.generation + 1, types=types)


def delta(old: Document, new: Document) -> tuple[EntryChange, ...]:
    """What differs between two documents, in the order of types and names; generations are not compared."""
    keys = {
        (type_, algorithm)
        for document in (old, new)
        for type_, entries in document.types.items()
        for algorithm in entries
    }
    pairs = ((key, old.entry(*key), new.entry(*key)) for key in sorted(keys))
    return tuple(
        EntryChange(type=type_, algorithm=algorithm, before=before, after=after)
        for (type_, algorithm), before, after in pairs
        if not identical(before, after)
    )

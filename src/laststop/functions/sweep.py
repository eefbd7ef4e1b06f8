"""Compares the documents with the rows of everything, heals what drifted, and says what that was.

It is `refresh`, the heart of publishing, over all algorithms: what is as it should be is not written.
"""

from collections.abc import Iterator

from laststop.catalog.document import Document, EntryChange, delta
from laststop.catalog.ports.documents import Documents
from laststop.catalog.ports.versions import Versions
from laststop.functions.publish import Policy

PAGE_ALGORITHMS = 200


def every_algorithm(versions: Versions, documents: Documents, policy: Policy) -> Iterator[list[str]]:
    """Names in pages, first those the rows know, then those that only a document still shows.

    What is written meanwhile may be missed; its own record rings.
    """
    met: set[str] = set()
    after: str | None = None
    while True:
        page = versions.scan(after, limit=PAGE_ALGORITHMS)
        names = [algorithm.name for algorithm in page.algorithms]
        met.update(names)
        if names:
            yield names
        if page.after is None:
            break
        after = page.after
    left = sorted(
        {name for document in newest(documents, policy).values() for name in _shown(document)} - met
    )
    for first in range(0, len(left), PAGE_ALGORITHMS):
        yield left[first : first + PAGE_ALGORITHMS]


def newest(documents: Documents, policy: Policy) -> dict[str, Document]:
    """Every document as it stands now, by object."""
    heads = {each.object: documents.head(each.object) for each in policy.objects}
    return {name: documents.read(head) for name, head in heads.items() if head is not None}


def healed(before: dict[str, Document], after: dict[str, Document]) -> tuple[str, ...]:
    """What a sweep changed, one sentence per algorithm."""
    return tuple(
        _sentence(change)
        for name, document in after.items()
        if name in before
        for change in delta(before[name], document)
    )


def _shown(document: Document) -> set[str]:
    return {name for entries in document.types.values() for name in entries}


def _sentence(change: EntryChange) -> str:
    was = change.before.version if change.before else "not shown"
    now = change.after.version if change.after else "no longer shown"
    return f"{change.type}: {change.algorithm} was {was}, is {now}"

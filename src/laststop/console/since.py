"""What a run has that the last good one did not: where a reader looks first when it failed."""

import msgspec

from laststop.errors import NotFoundError
from laststop.homes.embedded.ledger import active_versions
from laststop.homes.embedded.runs import RunRow, run_row
from laststop.homes.embedded.store.journal import View
from laststop.homes.embedded.store.statements import load
from laststop.words.bill import Bill, Revision

_SQL = load("console.sql")


class SourceChange(msgspec.Struct, frozen=True, kw_only=True):
    """An input that is another one; `before` is None for a source that is new."""

    action: str
    before: Revision | None
    after: Revision | None


class VersionChange(msgspec.Struct, frozen=True, kw_only=True):
    """An algorithm that another version is shown of; empty means not shown."""

    algorithm: str
    type: str
    before: str
    after: str


class Since(msgspec.Struct, frozen=True, kw_only=True):
    """What differs between two bills. `versions` is None when a document of one is no longer kept."""

    sources: tuple[SourceChange, ...] = ()
    versions: tuple[VersionChange, ...] | None = ()


def last_good(view: View, run: RunRow) -> RunRow | None:
    """The newest run of the same pipeline before this one that succeeded with its sources read."""
    found = view.connection.execute(_SQL["last_good"], (run.pipeline, run.ordinal)).fetchone()
    return run_row(view, found[0]) if found else None


def since(view: View, before: Bill, after: Bill) -> Since:
    """What is different in `after`."""
    return Since(sources=_sources(before, after), versions=_versions(view, before, after))


def _sources(before: Bill, after: Bill) -> tuple[SourceChange, ...]:
    names = sorted({each.action for each in (*before.revisions, *after.revisions)})
    pairs = [(name, before.of(name), after.of(name)) for name in names]
    return tuple(
        SourceChange(action=name, before=was, after=now)
        for name, was, now in pairs
        if (was.id if was else None) != (now.id if now else None)
    )


def _versions(view: View, before: Bill, after: Bill) -> tuple[VersionChange, ...] | None:
    try:
        was, now = active_versions(view, before), active_versions(view, after)
    except NotFoundError:
        return None
    changes = []
    for type_ in sorted(was.keys() | now.keys()):
        old, new = was.get(type_, {}), now.get(type_, {})
        changes += [
            VersionChange(algorithm=name, type=type_, before=old.get(name, ""), after=new.get(name, ""))
            for name in sorted(old.keys() | new.keys())
            if old.get(name) != new.get(name)
        ]
    return tuple(changes)

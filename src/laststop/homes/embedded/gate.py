"""What the engine asks before it starts a run by itself."""

from collections.abc import Iterable

from laststop.homes.embedded.objects import head_at
from laststop.homes.embedded.pointer import live_of
from laststop.homes.embedded.store.journal import Store, View
from laststop.homes.embedded.store.statements import load
from laststop.words.bill import Bill, Revision, bill_of

_SQL = load("catalog.sql")


class StoredGate:
    """The `Gate` port over the store: documents as they stand, repositories as the watchers last saw them."""

    def __init__(self, store: Store, *, flow: bool = True) -> None:
        """Reads only. `flow`: the project's own pipeline, which waits while the site is held."""
        self._store = store
        self._flow = flow

    def held(self) -> str | None:
        """Why no run may be decided by itself."""
        if not self._flow:
            return None
        with self._store.view() as view:
            live = live_of(view)
        return live.hold.reason if live is not None and live.hold is not None else None

    def heads(self, sources: Iterable[tuple[str, str, dict[str, str]]]) -> Bill:
        """The newest known revision of each source; an unknown one has an empty id, equal to no other."""
        with self._store.view() as view:
            revisions = []
            for action, provider, configuration in sources:
                if provider.endswith("/S3/1"):
                    location = f"{configuration['S3Bucket']}/{configuration['S3ObjectKey']}"
                    found = head_at(view, location)
                    revision = found[2] if found else _watched(view, location)
                else:
                    location = f"{configuration['FullRepositoryId']}@{configuration['BranchName']}"
                    revision = _watched(view, location)
                revisions.append(Revision(action=action, id=revision, location=location))
        return bill_of(revisions)


def _watched(view: View, location: str) -> str:
    """What a watcher saw last; empty before it saw anything."""
    row = view.connection.execute(_SQL["source_head"], (location,)).fetchone()
    return str(row[0]) if row else ""

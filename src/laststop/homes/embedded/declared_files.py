"""Which pipelines the project's files declare, and which were made through the API."""

from collections.abc import Mapping

from laststop.homes.embedded.store.journal import Store
from laststop.homes.embedded.store.statements import load

_SQL = load("pipelines.sql")


class DeclaredFiles:
    """What was declared by a file once is never taken for a pipeline that somebody made."""

    def __init__(self, store: Store) -> None:
        """Reads and writes a table of its own."""
        self._store = store

    def note(self, files: Mapping[str, str]) -> None:
        """These pipelines are declared by these files; writes only what is new."""
        with self._store.view() as view:
            known = dict(view.connection.execute(_SQL["declared"]).fetchall())
        fresh = [(name, file) for name, file in files.items() if known.get(name) != file]
        if fresh:
            with self._store.transaction() as transaction:
                transaction.connection.executemany(_SQL["declare"], fresh)

    def made_elsewhere(self) -> tuple[str, ...]:
        """The pipelines of the store that no file ever declared, by name."""
        with self._store.view() as view:
            return tuple(row[0] for row in view.connection.execute(_SQL["made"]))

"""The catalog as the lines of a file read so far would leave it, before anything is written."""

import sqlite3
from types import TracebackType
from typing import Self

from laststop.catalog.ports.versions import Versions
from laststop.catalog.version import VersionRow


class Foreseen:
    """Keeps what would be written in a temporary file of SQLite's, so that memory stays bounded.

    Attributes are left out: no rule looks back at them.
    """

    def __init__(self, versions: Versions) -> None:
        """`versions` is the catalog as it stands."""
        self._versions = versions
        self._drafts = sqlite3.connect("", isolation_level=None)
        self._drafts.execute("PRAGMA synchronous=OFF")
        self._drafts.execute(
            "CREATE TABLE draft (algorithm, version, type, phase, PRIMARY KEY (algorithm, version))"
            " WITHOUT ROWID"
        )
        self._drafts.execute("BEGIN")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._drafts.close()

    def get(self, algorithm: str, version: str) -> VersionRow | None:
        """The version as an earlier line leaves it, else as the catalog has it."""
        found = self._drafts.execute(
            "SELECT type, phase FROM draft WHERE algorithm = ? AND version = ?", (algorithm, version)
        ).fetchone()
        if found is None:
            return self._versions.get(algorithm, version)
        return VersionRow(algorithm=algorithm, version=version, type=found[0], phase=found[1])

    def put(self, row: VersionRow) -> None:
        """A line leaves the version so."""
        self._drafts.execute(
            "INSERT OR REPLACE INTO draft VALUES (?, ?, ?, ?)",
            (row.algorithm, row.version, row.type, row.phase),
        )

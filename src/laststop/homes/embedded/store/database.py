"""The one SQLite file: how it is opened, migrated, read and written.

One writer connection per process behind a lock, `BEGIN IMMEDIATE`, WAL, `synchronous=FULL`: what was
committed survives a power cut. Readers have a connection per thread and a snapshot per `reading()`.
Source: sqlite.org, "Write-Ahead Logging" and "PRAGMA synchronous", read 2026-11.
"""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import resources
from pathlib import Path

from laststop.errors import UsageError
from laststop.homes.embedded.store.sqlite_errors import mapped

BUSY_SECONDS = 30.0


def _schema() -> list[str]:
    """The migrations in order; the n-th brings a store from version n-1 to n."""
    folder = resources.files("laststop.homes.embedded.store") / "schema"
    return [entry.read_text() for entry in sorted(folder.iterdir(), key=lambda entry: entry.name)]


class Database:
    """A project's store on disk, or in memory for replay."""

    def __init__(self, path: Path | None) -> None:
        """Open, and bring up to this release's schema; None opens one in memory.

        Raises: UsageError when a newer laststop wrote it, or when the file is no store;
            TransientError when the disk is full or the file is locked for long.
        """
        self.path = path
        self._lock = threading.RLock()
        self._local = threading.local()
        self._readers: list[sqlite3.Connection] = []
        with mapped(str(path or ":memory:")):
            if path is not None:
                path.parent.mkdir(parents=True, exist_ok=True)
            self._writer = self._connect()
            self._migrate()

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(
            str(self.path) if self.path else ":memory:",
            isolation_level=None,
            check_same_thread=False,
            timeout=BUSY_SECONDS,
            cached_statements=256,
        )
        connection.execute("PRAGMA auto_vacuum=INCREMENTAL")
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
        return connection

    def _migrate(self) -> None:
        steps = _schema()
        have = self._version()
        if have > len(steps):
            raise UsageError(
                f"a newer laststop wrote this store (schema {have}, this one knows {len(steps)})",
                place=str(self.path),
                hint="run the newer laststop again, or restore a backup made with this one",
            )
        if have == len(steps):
            return
        self._writer.execute("BEGIN IMMEDIATE")
        try:
            have = self._version()
            for number, script in enumerate(steps[have:], start=have + 1):
                for statement in _statements(script):
                    self._writer.execute(statement)
                self._writer.execute(f"PRAGMA user_version={number}")
            self._writer.execute("COMMIT")
        except BaseException:
            self._writer.execute("ROLLBACK")
            raise

    def _version(self) -> int:
        return int(self._writer.execute("PRAGMA user_version").fetchone()[0])

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """A write transaction: all of it, or, when the block raises, nothing of it.

        Concurrency: one at a time over all processes; others wait up to `BUSY_SECONDS`.
        Raises: TransientError when the store stays locked or the disk is full; the block's own errors.
        """
        with self._lock, mapped(str(self.path or ":memory:")):
            self._writer.execute("BEGIN IMMEDIATE")
            try:
                yield self._writer
                self._writer.execute("COMMIT")
            except BaseException:
                if self._writer.in_transaction:
                    self._writer.execute("ROLLBACK")
                raise

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """A consistent view of what is committed; never blocks a writer and is never blocked by one."""
        connection = self._reader()
        if connection.in_transaction:
            yield connection
            return
        with mapped(str(self.path or ":memory:")):
            connection.execute("BEGIN")
            try:
                yield connection
            finally:
                connection.execute("ROLLBACK")

    def _reader(self) -> sqlite3.Connection:
        if self.path is None:
            return self._writer
        connection: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if connection is None:
            connection = self._connect()
            connection.execute("PRAGMA query_only=ON")
            self._local.connection = connection
            with self._lock:
                self._readers.append(connection)
        return connection

    def data_version(self) -> int:
        """A number that differs after any other connection has committed."""
        return int(self._reader().execute("PRAGMA data_version").fetchone()[0])

    def close(self) -> None:
        """Close every connection; the database is not used afterwards."""
        with self._lock:
            for connection in self._readers:
                connection.close()
            self._readers.clear()
            self._writer.close()


def _statements(script: str) -> Iterator[str]:
    """Whole statements of a script, found as SQLite itself finds them."""
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""

"""The one SQLite file: how it is opened, migrated, read and written.

One writer connection per process behind a lock, `BEGIN IMMEDIATE`, WAL, `synchronous=FULL`: what was
committed survives a power cut. Each `reading()` has a snapshot, on a connection that is lent to it: threads
come and go, one per command, so a connection of their own each would never be closed.
Source: sqlite.org, "Write-Ahead Logging" and "PRAGMA synchronous", read 2026-11.
"""

import sqlite3
import threading
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from laststop.errors import UsageError
from laststop.homes.embedded.disk import answering, make_folder
from laststop.homes.embedded.store.sqlite_errors import mapped

BUSY_SECONDS = 30.0
_LOOK_SECONDS = 0.005
_SHAPE = (("auto_vacuum", "INCREMENTAL", 2), ("journal_mode", "WAL", "wal"))
_SCHEMA = Path(__file__).parent / "schema"


def _schema() -> list[str]:
    """The migrations in order; the n-th brings a store from version n-1 to n."""
    return [file.read_text(encoding="utf-8") for file in sorted(_SCHEMA.iterdir())]


class Database:
    """A project's store on disk, or in memory for replay."""

    def __init__(self, path: Path | None) -> None:
        """Open, and bring up to this release's schema; None opens one in memory.

        Raises: UsageError when a newer laststop wrote it, or when the file is no store;
            TransientError when the disk is full or the file is locked for long.
        """
        self.path = path
        self._place = str(path or ":memory:")
        self._lock = threading.RLock()
        self._local = threading.local()
        self._idle: deque[sqlite3.Connection] = deque()
        self._looking: sqlite3.Connection | None = None
        self._closed = False
        if path is not None:
            with answering(path.parent):
                make_folder(path.parent)
        with mapped(self._place):
            self._writer = self._connect()
            try:
                self._shape()
                self._migrate()
            except BaseException:
                self._writer.close()
                raise

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(
            str(self.path) if self.path else ":memory:",
            isolation_level=None,
            check_same_thread=False,
            timeout=BUSY_SECONDS,
            cached_statements=256,
        )
        try:
            connection.execute("PRAGMA synchronous=FULL")
        except BaseException:
            connection.close()
            raise
        return connection

    def _shape(self) -> None:
        """What a file is once: asked for again, it would be a write, and wait for other writers.

        A change of the journal mode wants the file alone, and SQLite then answers "locked" at once instead
        of waiting as it does elsewhere: who opens a fresh file together with others waits here.
        """
        patient_until = time.monotonic() + BUSY_SECONDS
        while True:
            try:
                for setting, wanted, kept in _SHAPE:
                    if self._writer.execute(f"PRAGMA {setting}").fetchone()[0] != kept:
                        self._writer.execute(f"PRAGMA {setting}={wanted}")
            except sqlite3.OperationalError as error:
                if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > patient_until:
                    raise
                time.sleep(_LOOK_SECONDS)
            else:
                return

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
        with self._lock, mapped(self._place):
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
        """A consistent view of what is committed; never blocks a writer and is never blocked by one.

        Concurrency: any number of threads at once; inside another view of the same thread it is that view.
        """
        outer: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if outer is not None:
            yield outer
            return
        if self.path is None and self._writer.in_transaction:
            yield self._writer
            return
        with mapped(self._place):
            connection = self._lent()
            self._local.connection = connection
            try:
                connection.execute("BEGIN")
                connection.execute("SELECT 1 FROM sqlite_schema").fetchone()  # takes the snapshot
                try:
                    yield connection
                finally:
                    connection.execute("ROLLBACK")
            finally:
                self._local.connection = None
                self._given_back(connection)

    def _lent(self) -> sqlite3.Connection:
        """A connection that only reads; as many are kept as ever read at once."""
        if self.path is None:
            return self._writer
        try:
            return self._idle.pop()
        except IndexError:
            connection = self._connect()
            connection.execute("PRAGMA query_only=ON")
            return connection

    def _given_back(self, connection: sqlite3.Connection) -> None:
        if connection is self._writer:
            return
        if self._closed or connection.in_transaction:
            connection.close()
        else:
            self._idle.append(connection)

    def data_version(self) -> int:
        """A number that differs after any other connection has committed.

        Concurrency: one thread; the number means something only beside the one it was told before.
        Raises: TransientError when the disk fails.
        """
        with mapped(self._place):
            if self._looking is None:
                self._looking = self._lent()
            return int(self._looking.execute("PRAGMA data_version").fetchone()[0])

    def copy_to(self, path: Path) -> None:
        """Write what is committed now into a new file; readers and writers go on meanwhile.

        Raises: TransientError when the disk is full.
        Source: sqlite.org, "VACUUM INTO", read 2026-11.
        """
        with mapped(str(path)):
            connection = self._connect()
            try:
                connection.execute("VACUUM INTO ?", (str(path),))
            finally:
                connection.close()

    def trouble(self) -> str:
        """What is wrong with the file, by SQLite's own check; empty when it is whole."""
        with self.reading() as connection:
            found: str = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
        return "" if found == "ok" else found

    def close(self) -> None:
        """Close every connection; the database is not used afterwards. Who still reads closes the own one."""
        with self._lock:
            self._closed = True
            if self._looking is not None:
                self._looking.close()
            while self._idle:
                self._idle.pop().close()
            self._writer.close()


def _statements(script: str) -> Iterator[str]:
    """Whole statements of a script, found as SQLite itself finds them."""
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""

"""The journal: facts appended in a transaction together with what they do to the tables."""

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from laststop.homes.embedded.store.database import Database
from laststop.homes.embedded.store.projection import project
from laststop.homes.embedded.store.statements import load
from laststop.pipeline.state import State, decode_state, encode_state
from laststop.words.fact import Fact
from laststop.words.facts import Recorded, decode_fact, encode_fact
from laststop.words.instants import instant_text

_SQL = load("journal.sql")


class View:
    """What is committed, as of the beginning of the block it was given for."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        """Read through a connection that is inside a transaction."""
        self.connection = connection

    def after(self, seq: int, limit: int = 1000) -> list[Recorded]:
        """Facts behind a place, in order."""
        return self._recorded(_SQL["after"], (seq, limit))

    def of_kinds(self, kinds: Iterable[str], seq: int, limit: int = 1000) -> list[Recorded]:
        """Facts of some kinds behind a place, in order.

        Each kind is asked for by itself, which the index answers in order: a reader that is far behind does
        not sort its whole backlog for every batch.
        """
        found = [each for kind in kinds for each in self._recorded(_SQL["of_kind"], (kind, seq, limit))]
        return sorted(found, key=lambda recorded: recorded.seq)[:limit]

    def about(self, subject: str) -> list[Recorded]:
        """Facts about one subject, in order."""
        return self._recorded(_SQL["of_subject"], (subject,))

    def one(self, seq: int) -> Recorded | None:
        """The fact at a place; None if it was compacted away or never was."""
        found = self._recorded(_SQL["one"], (seq,))
        return found[0] if found else None

    def _recorded(self, sql: str, values: tuple[object, ...]) -> list[Recorded]:
        rows = self.connection.execute(sql, values)
        return [Recorded(seq=seq, fact=decode_fact(body)) for seq, body in rows]

    def newest(self) -> int:
        """The newest place; 0 in an empty journal."""
        return int(self.connection.execute(_SQL["newest"]).fetchone()[0])

    def cursor(self, reader: str) -> int:
        """How far a reader has come."""
        row = self.connection.execute(_SQL["cursor"], (reader,)).fetchone()
        return int(row[0]) if row else 0

    def state(self, pipeline: str) -> State:
        """A pipeline's live state."""
        row = self.connection.execute(_SQL["state"], (pipeline,)).fetchone()
        return decode_state(row[0]) if row else State(pipeline=pipeline)


class Transaction(View):
    """A write in progress: everything appended here is committed together, or not at all."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        """Write through a connection that holds the write lock."""
        super().__init__(connection)
        self.appended: list[Recorded] = []

    def append(self, fact: Fact) -> int:
        """Add a fact and do to the tables what it says; gives its place."""
        cursor = self.connection.execute(
            _SQL["append"], (instant_text(fact.at), fact.kind, fact.subject, encode_fact(fact))
        )
        seq = int(cursor.lastrowid or 0)
        project(self.connection, seq, fact)
        self.appended.append(Recorded(seq=seq, fact=fact))
        return seq

    def move_cursor(self, reader: str, seq: int) -> None:
        """A reader has dealt with everything up to a place."""
        self.connection.execute(_SQL["move_cursor"], (reader, seq))

    def save_state(self, state: State) -> None:
        """Keep a pipeline's live state; the caller appended the facts it follows from."""
        self.connection.execute(_SQL["save_state"], (state.pipeline, encode_state(state)))


class Store:
    """A project's memory: the journal and the tables that follow from it."""

    def __init__(self, path: Path | None) -> None:
        """Open the file, or an empty store in memory; raises as `Database` does."""
        self.database = Database(path)

    @contextmanager
    def transaction(self) -> Iterator[Transaction]:
        """Write: one at a time over all processes; see `Database.writing`."""
        with self.database.writing() as connection:
            yield Transaction(connection)

    @contextmanager
    def view(self) -> Iterator[View]:
        """Read one consistent state; never in anybody's way."""
        with self.database.reading() as connection:
            yield View(connection)

    def compact(self, before: str, limit: int = 1000) -> int:
        """Delete up to `limit` facts that are older than an instant and behind every cursor."""
        with self.database.writing() as connection:
            return connection.execute(_SQL["compact"], (before, limit)).rowcount

    def close(self) -> None:
        """Close the file."""
        self.database.close()

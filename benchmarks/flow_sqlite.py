"""The floor of a durable run: the same rows, one synced commit per barrier, and nothing else."""

import sqlite3
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

BARRIERS = (
    ("started",),
    ("frontend", "routing", "firewall", "switching"),
    ("build-site",),
    ("deploy-site",),
    ("invalidate-edge", "announce"),
    ("ended",),
)
"""Six commits: the start, the four waits for steps, the end."""


@contextmanager
def flow(folder: Path) -> Iterator[Callable[[], None]]:
    """What writes the rows of one run with the settings of laststop's store."""
    with closing(sqlite3.connect(folder / "floor.db", isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute(
            "CREATE TABLE step (seq INTEGER PRIMARY KEY AUTOINCREMENT, run INTEGER, name TEXT)"
        )
        number = 0

        def run() -> None:
            nonlocal number
            number += 1
            for names in BARRIERS:
                connection.execute("BEGIN IMMEDIATE")
                connection.executemany(
                    "INSERT INTO step (run, name) VALUES (?, ?)", [(number, name) for name in names]
                )
                connection.execute("COMMIT")

        yield run
        rows = connection.execute("SELECT count(*) FROM step").fetchone()[0]
        if rows != number * sum(len(names) for names in BARRIERS):
            raise RuntimeError(f"{rows} rows after {number} runs")


if __name__ == "__main__":
    with flow(Path(sys.argv[1])) as run_once:
        run_once()

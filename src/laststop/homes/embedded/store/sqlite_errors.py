"""SQLite's errors as ours, by code and never by text."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from laststop.errors import (
    ConflictError,
    DeniedError,
    InvariantError,
    LaststopError,
    TransientError,
    UsageError,
)

_NAMES: dict[str, tuple[type[LaststopError], str]] = {
    "SQLITE_BUSY": (TransientError, "another process holds the store; try again"),
    "SQLITE_LOCKED": (TransientError, "another process holds the store; try again"),
    "SQLITE_FULL": (TransientError, "the disk is full: make room, then try again"),
    "SQLITE_IOERR": (TransientError, "the disk failed: see the system's log"),
    "SQLITE_CANTOPEN": (UsageError, "check that the folder exists and can be written"),
    "SQLITE_READONLY": (DeniedError, "check who owns the store's folder"),
    "SQLITE_PERM": (DeniedError, "check who owns the store's folder"),
    "SQLITE_AUTH": (DeniedError, "check who owns the store's folder"),
    "SQLITE_NOTADB": (UsageError, "this file is no laststop store; restore a backup"),
    "SQLITE_CORRUPT": (UsageError, "the store is damaged; restore a backup"),
    "SQLITE_CONSTRAINT": (ConflictError, "somebody else wrote this first; look again"),
}


def error_for(name: str) -> tuple[type[LaststopError], str]:
    """Our class and hint for a SQLite error name; extended codes count as their primary one."""
    while name:
        if name in _NAMES:
            return _NAMES[name]
        name = name.rpartition("_")[0]
    return InvariantError, InvariantError("").hint


@contextmanager
def mapped(place: str) -> Iterator[None]:
    """Turn SQLite's errors inside the block into ours, naming the store."""
    try:
        yield
    except sqlite3.Error as error:
        kind, hint = error_for(getattr(error, "sqlite_errorname", ""))
        raise kind(f"the store answered: {error}", place=place, hint=hint) from error

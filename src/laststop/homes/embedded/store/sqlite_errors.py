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

_HELD = "another process holds the store; try again"
_OWNER = "check who owns the store's folder"
_NAMES: dict[str, tuple[type[LaststopError], str]] = {
    "SQLITE_BUSY": (TransientError, _HELD),
    "SQLITE_LOCKED": (TransientError, _HELD),
    "SQLITE_PROTOCOL": (TransientError, _HELD),
    "SQLITE_FULL": (TransientError, "the disk is full: make room, then try again"),
    "SQLITE_IOERR": (TransientError, "the disk failed: see the system's log"),
    "SQLITE_NOMEM": (TransientError, "the memory is full: end other programs, then try again"),
    "SQLITE_INTERRUPT": (TransientError, "it was interrupted; try again"),
    "SQLITE_CANTOPEN": (UsageError, "check that the folder exists and can be written"),
    "SQLITE_NOLFS": (UsageError, "this file system takes no file as large as the store"),
    "SQLITE_TOOBIG": (UsageError, "the text or the document is too large for the store"),
    "SQLITE_NOTADB": (UsageError, "this file is no laststop store; restore a backup"),
    "SQLITE_CORRUPT": (UsageError, "the store is damaged; restore a backup"),
    "SQLITE_READONLY": (DeniedError, _OWNER),
    "SQLITE_PERM": (DeniedError, _OWNER),
    "SQLITE_AUTH": (DeniedError, _OWNER),
    "SQLITE_CONSTRAINT": (ConflictError, "somebody else wrote this first; look again"),
}
_OURS = frozenset(
    {
        "SQLITE_ABORT",
        "SQLITE_EMPTY",
        "SQLITE_ERROR",
        "SQLITE_FORMAT",
        "SQLITE_INTERNAL",
        "SQLITE_MISMATCH",
        "SQLITE_MISUSE",
        "SQLITE_NOTFOUND",
        "SQLITE_NOTICE",
        "SQLITE_RANGE",
        "SQLITE_SCHEMA",
        "SQLITE_WARNING",
    }
)
"""Codes that only wrong use of the library gives."""


def error_for(name: str) -> tuple[type[LaststopError], str]:
    """Our class and hint for a SQLite error name; extended codes count as their primary one.

    Source: sqlite.org, "Result and Error Codes", read 2026-11.
    """
    while name and name not in _OURS:
        if name in _NAMES:
            return _NAMES[name]
        name = name.rpartition("_")[0]
    return InvariantError, InvariantError.hint


@contextmanager
def mapped(place: str) -> Iterator[None]:
    """Turn SQLite's errors inside the block into ours, naming the store; also what it refuses as no text."""
    try:
        yield
    except sqlite3.Error as error:
        kind, hint = error_for(getattr(error, "sqlite_errorname", ""))
        raise kind(f"the store answered: {error}", place=place, hint=hint) from error
    except UnicodeEncodeError as error:  # half of a surrogate pair, or an argument that is no UTF-8
        raise UsageError(f"{error.object!r} is no text", place=place, hint="write it in UTF-8") from error

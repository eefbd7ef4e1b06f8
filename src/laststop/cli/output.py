"""What commands print: data on stdout, talk on stderr, colour only on a terminal."""

import os
import sys
from collections.abc import Iterable, Sequence
from typing import Any

import click
import msgspec

from laststop.cli.streams import lead_nowhere

MARKS = {
    "live": "green",
    "Succeeded": "green",
    "replaced": "cyan",
    "pending": "yellow",
    "InProgress": "yellow",
    "Stopping": "yellow",
    "failed": "red",
    "Failed": "red",
    "rejected": "red",
}


def print_json(value: Any) -> None:
    """One JSON value on stdout."""
    sys.stdout.write(msgspec.json.encode(value).decode() + "\n")
    sys.stdout.flush()


def talk(text: str) -> None:
    """A line for people, on stderr; a server goes on working when they have closed it."""
    try:
        sys.stderr.write(f"{text}\n")
        sys.stderr.flush()
    except BrokenPipeError:
        lead_nowhere(sys.stderr)


def coloured(text: str, word: str | None = None, *, stream: Any = None) -> str:
    """The text in the colour of its word, where colour is wanted."""
    colour = MARKS.get(word if word is not None else text)
    if colour is None or not wants_colour(stream or sys.stdout):
        return text
    return click.style(text, fg=colour)


def wants_colour(stream: Any) -> bool:
    """Only on a terminal, and never with NO_COLOR."""
    return bool(stream.isatty()) and not os.environ.get("NO_COLOR")


def print_table(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Columns padded to their widest cell; the last one runs free. Plain enough to read in a pipe."""
    table = [list(row) for row in rows]
    widths = [max(len(row[i]) for row in [list(headings), *table]) for i in range(len(headings))]
    for number, row in enumerate([list(headings), *table]):
        cells = [
            (coloured(cell.ljust(width), cell) if number else cell.ljust(width))
            for cell, width in zip(row[:-1], widths, strict=False)
        ]
        sys.stdout.write("  ".join([*cells, row[-1]]).rstrip() + "\n")

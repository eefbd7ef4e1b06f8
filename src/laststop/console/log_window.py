"""A part of a build's log, folded by phase: opening one of 10,000 lines costs what one of 10 does."""

import mmap
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from laststop.homes.embedded.build_log import LogLine
from laststop.words.instants import Instant

WINDOW_LINES = 400
FOLDS_MOST = 100
SHOWN_CHARACTERS = 2000
"""Of a longer line the rest is left to `run logs`: 400 of the longest would be a page of megabytes."""
_SLICE_BYTES = 1024 * 1024
_PHASE = re.compile(rb'"phase":"([^"]{0,100})"')
"""Stands once in every line: inside a JSON text its quotes would be escaped."""
_DECODER = msgspec.json.Decoder(LogLine)


class NumberedLine(msgspec.Struct, frozen=True, kw_only=True):
    """A line and its number in the log, from 1 on."""

    number: int
    at: Instant | None
    text: str


class Fold(msgspec.Struct, frozen=True, kw_only=True):
    """The lines `first` to `last` of one phase; `lines` are those inside the window."""

    phase: str
    first: int
    last: int
    began_at: Instant | None
    ended_at: Instant | None
    lines: tuple[NumberedLine, ...] = ()
    open: bool = False


class LogWindow(msgspec.Struct, frozen=True, kw_only=True):
    """What is shown of a log of `count` lines: its phases, and at most `size` lines, `first` to `last`."""

    size: int = WINDOW_LINES
    count: int = 0
    first: int = 1
    last: int = 0
    folds: tuple[Fold, ...] = ()


class _Span(msgspec.Struct, frozen=True, kw_only=True):
    """One phase in the file. Units: `begin` and `end` in bytes; `first` a line's number."""

    phase: str
    begin: int
    end: int
    first: int
    count: int

    @property
    def last(self) -> int:
        return self.first + self.count - 1


def log_window(
    path: Path,
    *,
    start: int | None = None,
    culprit: str = "",
    running: bool = False,
    lines: int = WINDOW_LINES,
) -> LogWindow:
    """The lines from `start` on; without it, the end of the phase `culprit`, or else of the log.

    The phase that failed, and the last one while more may come, stand open.

    Concurrency: safe while the builder writes.
    Limit: beyond 100 changes of phase, the rest is one fold.
    """
    with _mapped(path) as content:
        if content is None:
            return LogWindow()
        spans = _spans(content)
        if not spans:
            return LogWindow()
        count = spans[-1].last
        guilty = next((span for span in reversed(spans) if culprit and span.phase == culprit), None)
        first = _first(start, guilty.last if guilty else count, count, lines)
        last = min(count, first + lines - 1)
        opened = _opened(spans, guilty, start=start, running=running)
        folds = tuple(_fold(content, span, first, last, open_=span in opened) for span in spans)
        return LogWindow(size=lines, count=count, first=first, last=last, folds=folds)


def _first(start: int | None, end: int, count: int, lines: int) -> int:
    if start is not None:
        return max(1, min(start, count))
    return max(1, end - lines + 1)


def _opened(spans: list[_Span], guilty: _Span | None, *, start: int | None, running: bool) -> list[_Span]:
    """What stands open: what was asked for, what failed, what is being written."""
    asked = [span for span in spans if start is not None and span.first <= start <= span.last]
    return asked + ([guilty] if guilty else []) + ([spans[-1]] if running else [])


@contextmanager
def _mapped(path: Path) -> Iterator["mmap.mmap | None"]:
    """The file in the address space; None while it is not there, or empty."""
    try:
        file = path.open("rb")
    except FileNotFoundError:
        yield None
        return
    with file:
        if file.seek(0, 2) == 0:
            yield None
            return
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
            yield content


def _spans(content: mmap.mmap) -> list[_Span]:
    """Where each phase begins and ends; only whole lines count."""
    end = content.rfind(b"\n") + 1
    spans: list[_Span] = []
    begin = 0
    while begin < end:
        named = _PHASE.search(content, begin, end)
        phase = named[1] if named else b""
        change = None
        if named and len(spans) < FOLDS_MOST - 1:
            other = re.compile(rb'"phase":"(?!' + re.escape(phase) + rb'")')
            change = other.search(content, named.end(), end)
        until = content.rfind(b"\n", begin, change.start()) + 1 if change else end
        first = spans[-1].last + 1 if spans else 1
        spans.append(
            _Span(
                phase=phase.decode("utf-8", "replace"),
                begin=begin,
                end=until,
                first=first,
                count=_newlines(content, begin, until),
            )
        )
        begin = until
    return spans


def _newlines(content: mmap.mmap, begin: int, end: int) -> int:
    return sum(
        content[at : min(at + _SLICE_BYTES, end)].count(b"\n") for at in range(begin, end, _SLICE_BYTES)
    )


def _fold(content: mmap.mmap, span: _Span, first: int, last: int, *, open_: bool) -> Fold:
    begins = _decode(_row(content, span.begin, span.end))
    ends = _decode(_row(content, content.rfind(b"\n", span.begin, span.end - 1) + 1 or span.begin, span.end))
    return Fold(
        phase=span.phase,
        first=span.first,
        last=span.last,
        began_at=begins.at if begins else None,
        ended_at=ends.at if ends else None,
        lines=_lines(content, span, max(first, span.first), min(last, span.last)),
        open=open_,
    )


def _lines(content: mmap.mmap, span: _Span, first: int, last: int) -> tuple[NumberedLine, ...]:
    if last < first:
        return ()
    at = _offset(content, span, first - span.first)
    found = []
    for number in range(first, last + 1):
        row = _row(content, at, span.end)
        line = _decode(row)
        found.append(NumberedLine(number=number, at=line.at if line else None, text=_shown(line)))
        at += len(row) + 1
    return tuple(found)


def _shown(line: LogLine | None) -> str:
    if line is None or len(line.text) <= SHOWN_CHARACTERS:
        return line.text if line else ""
    return f"{line.text[:SHOWN_CHARACTERS]} … and {len(line.text) - SHOWN_CHARACTERS} characters more"


def _offset(content: mmap.mmap, span: _Span, skip: int) -> int:
    """Where the line stands that has `skip` lines of its phase before it; counted from the nearer end."""
    if (back := span.count - skip) < skip:
        at = span.end
        for _ in range(back):
            at = content.rfind(b"\n", span.begin, at - 1) + 1 or span.begin
        return at
    at = span.begin
    while skip:
        piece = content[at : min(at + _SLICE_BYTES, span.end)]
        there = piece.count(b"\n")
        if there < skip:
            skip -= there
            at += len(piece)
            continue
        inside = 0
        for _ in range(skip):
            inside = piece.index(b"\n", inside) + 1
        return at + inside
    return at


def _row(content: mmap.mmap, at: int, end: int) -> bytes:
    return content[at : content.find(b"\n", at, end)]


def _decode(row: bytes) -> LogLine | None:
    """None for a line that a crash tore."""
    try:
        return _DECODER.decode(row)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None

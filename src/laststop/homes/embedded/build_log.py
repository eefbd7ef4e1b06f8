"""The log of one build attempt: a file of lines that readers may follow while it grows."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec

from laststop.words.instants import Instant

PAGE_BYTES = 1024 * 1024
"""How much of a log is read at once."""

_POLL_SECONDS = 0.1


class LogLine(msgspec.Struct, frozen=True, kw_only=True):
    """One line, as it stands in the file: when it was read, in which phase, secrets masked."""

    at: Instant
    phase: str
    text: str


class LogPage(msgspec.Struct, frozen=True, kw_only=True):
    """Some whole lines, and where to go on reading.

    Units: `next_offset` in bytes from the start of the file.
    """

    lines: tuple[LogLine, ...]
    next_offset: int


_DECODER = msgspec.json.Decoder(LogLine)


def read_log(path: Path, after: int = 0, *, limit_bytes: int = PAGE_BYTES) -> LogPage:
    """The whole lines from offset `after` on; none when the file has none, or is not there yet.

    A line that is not yet complete is left for the next call; one torn by a crash is passed over.

    Units: `after` in bytes, 0 or a `next_offset`.
    Concurrency: safe while the builder writes.
    """
    try:
        with path.open("rb") as file:
            file.seek(max(0, after))
            content = file.read(limit_bytes)
    except FileNotFoundError:
        return LogPage(lines=(), next_offset=max(0, after))
    whole = content[: content.rfind(b"\n") + 1]
    if not whole and len(content) == limit_bytes:
        whole = content  # no line of ours is that long: pass over what is none
    lines = tuple(line for row in whole.splitlines() if (line := _decode(row)) is not None)
    return LogPage(lines=lines, next_offset=max(0, after) + len(whole))


def follow(path: Path, ended: Callable[[], bool], after: int = 0) -> Iterator[LogLine]:
    """Lines as they come, until `ended()` says that no more will come and all have been given.

    Concurrency: blocks between lines; any number of followers of one file.
    """
    offset = after
    while True:
        last = ended()  # asked first, so that what was written before the end is still read
        page = read_log(path, offset)
        yield from page.lines
        if page.next_offset == offset:
            if last:
                return
            time.sleep(_POLL_SECONDS)
        offset = page.next_offset


def _decode(row: bytes) -> LogLine | None:
    try:
        return _DECODER.decode(row)
    except (msgspec.DecodeError, UnicodeDecodeError):  # torn by a crash
        return None

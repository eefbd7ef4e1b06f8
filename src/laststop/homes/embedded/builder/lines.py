"""Bytes of a terminal's kind, cut into lines of bounded length."""

from collections.abc import Iterator

LINE_BYTES = 16 * 1024
"""The longest line kept."""


class LineSplitter:
    """Collects output piece by piece and gives whole lines of text.

    Of a line redrawn with carriage returns the last state is kept, bytes that are no UTF-8 become U+FFFD, and
    of an overlong line the first `limit_bytes` are held: what follows is counted, not kept.
    """

    def __init__(self, limit_bytes: int) -> None:
        """`limit_bytes` may exceed `LINE_BYTES`, so that a secret across the cut is still seen whole."""
        self._limit_bytes = limit_bytes
        self._pending = bytearray()
        self._dropped_bytes = 0

    def feed(self, chunk: bytes) -> Iterator[tuple[str, int]]:
        """The lines that `chunk` completes, each with the number of its bytes that were dropped."""
        *complete, rest = chunk.split(b"\n")
        for part in complete:
            self._append(part)
            yield self._take()
        self._append(rest)

    def flush(self) -> Iterator[tuple[str, int]]:
        """The last line, when it did not end with a newline."""
        if self._pending or self._dropped_bytes:
            yield self._take()

    def _append(self, part: bytes) -> None:
        redrawn = part.rstrip(b"\r").rfind(b"\r")
        if redrawn >= 0 or (part.strip(b"\r") and self._pending.endswith(b"\r")):
            self._pending.clear()
            self._dropped_bytes = 0
            part = part[redrawn + 1 :]
        room = self._limit_bytes - len(self._pending)
        self._pending += part[:room]
        self._dropped_bytes += max(0, len(part) - room)
        if part.endswith(b"\r") and len(part) > room:
            self._pending[-1:] = b"\r"  # the line is redrawn next: remember it past the cut

    def _take(self) -> tuple[str, int]:
        text = bytes(self._pending).rstrip(b"\r").decode("utf-8", "replace")
        dropped_bytes = self._dropped_bytes
        self._pending.clear()
        self._dropped_bytes = 0
        return text, dropped_bytes

"""Writes the log of a build: masked, bounded, line by line."""

import os
from collections import deque
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from laststop.build.masking import mask_lines, secret_lines
from laststop.build.order import MAX_FAILURE_LINES
from laststop.build.phases import PhaseName
from laststop.homes.embedded.build_log import LogLine
from laststop.homes.embedded.builder.lines import LINE_BYTES, LineSplitter

LOG_BYTES = 64 * 1024 * 1024
"""The most output of one build that is kept; what follows is dropped, the build goes on."""

_OWN = "[laststop] "
_UTF8_BYTES = 4  # the most that one character takes
_ENCODER = msgspec.json.Encoder()


class BuildLog:
    """The log of one attempt; a file of `LogLine`s, appended to when the attempt runs again.

    Every write reaches the file at once, so that a reader is never more than one read behind.

    Raises: OSError when the file cannot be written, once: whoever ends the build then goes on without it.
    Concurrency: one thread.
    """

    def __init__(
        self, path: Path, secrets: Iterable[str], *, shown_as: dict[str, str], limit_bytes: int = LOG_BYTES
    ) -> None:
        """`shown_as` replaces texts that mean nothing to a reader, like the paths of our own files."""
        self.phase: str = PhaseName.PROVISIONING
        self._shown_as = shown_as
        self._left_bytes = limit_bytes
        self._cut = False
        self._broken = False
        self._tail: deque[str] = deque(maxlen=MAX_FAILURE_LINES)
        self._secrets: tuple[str, ...] = ()
        self.hide(secrets)
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = path.open("ab", buffering=0)
        self._end_torn_line(path)

    def hide(self, secrets: Iterable[str]) -> None:
        """Mask these values too, from now on; called between commands."""
        self._secrets = secret_lines((*self._secrets, *secrets))
        self._longest_bytes = max((len(secret.encode()) for secret in self._secrets), default=0)
        self._splitter = LineSplitter(LINE_BYTES + self._longest_bytes)

    def masked(self, text: str) -> str:
        """A text as it may be shown: without secrets, and without halves of characters from file names."""
        return mask_lines(text.encode("utf-8", "replace").decode(), self._secrets)

    def say(self, text: str) -> None:
        """Write a line of our own; these are never cut away."""
        at = datetime.now(UTC)
        self._write([self._line(_OWN + line, at) for line in self.masked(text).splitlines()])

    def take(self, output: bytes) -> None:
        """Write the lines that this piece of output completes."""
        self._keep(list(self._splitter.feed(output)))

    def end_command(self) -> None:
        """Write what the command left without a newline."""
        self._keep(list(self._splitter.flush()))

    def start_command(self) -> None:
        """From here on `last_lines` are this command's."""
        self._tail.clear()

    @property
    def last_lines(self) -> tuple[str, ...]:
        """The last lines of the command under way, masked."""
        return tuple(self._tail)

    def sync(self) -> None:
        """Make everything durable.

        Raises: OSError when the disk does not take it.
        """
        os.fsync(self._file.fileno())

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()

    def _keep(self, lines: list[tuple[str, int]]) -> None:
        if self._cut:
            lines = lines[-MAX_FAILURE_LINES:]  # still wanted, should the command fail
        at = datetime.now(UTC)
        shown = [self._shown(text, dropped_bytes) for text, dropped_bytes in lines]
        self._tail.extend(shown[-MAX_FAILURE_LINES:])
        rows: list[bytes] = []
        for text in shown if not self._cut else ():
            row = self._line(text, at)
            self._left_bytes -= len(row)
            if self._left_bytes < 0:
                self._cut = True
                rows.append(self._line(f"{_OWN}log cut: this build wrote more than is kept", at))
                break
            rows.append(row)
        self._write(rows)

    def _shown(self, text: str, dropped_bytes: int) -> str:
        for ours, theirs in self._shown_as.items():
            if ours in text:
                text = text.replace(ours, theirs)
        text = mask_lines(text, self._secrets)
        if not dropped_bytes and len(text) <= LINE_BYTES // _UTF8_BYTES:
            return text
        return self._shortened(text.encode(), dropped_bytes)

    def _shortened(self, encoded: bytes, dropped_bytes: int) -> str:
        if not dropped_bytes and len(encoded) <= LINE_BYTES:
            return encoded.decode()
        # The end of a line cut short may be the start of a secret, too short to be known as one.
        unsure_bytes = self._longest_bytes if dropped_bytes else 0
        kept = encoded[: min(LINE_BYTES, len(encoded) - unsure_bytes)].decode("utf-8", "ignore")
        return f"{kept} ... [{dropped_bytes + len(encoded) - len(kept.encode())} more bytes of this line cut]"

    def _line(self, text: str, at: datetime) -> bytes:
        return _ENCODER.encode(LogLine(at=at, phase=self.phase, text=text)) + b"\n"

    def _write(self, rows: list[bytes]) -> None:
        if self._broken:
            return
        content = memoryview(b"".join(rows))
        try:
            while content:
                content = content[self._file.write(content) :]
        except OSError:
            self._broken = True
            raise

    def _end_torn_line(self, path: Path) -> None:
        """A crash may have left half a line; ours starts on a new one."""
        if path.stat().st_size == 0:
            return
        with path.open("rb") as file:
            file.seek(-1, os.SEEK_END)
            if file.read(1) != b"\n":
                self._file.write(b"\n")

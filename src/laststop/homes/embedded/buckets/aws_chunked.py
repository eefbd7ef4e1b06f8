"""`aws-chunked`, the encoding in which SDKs send a body whose checksum comes behind it.

Signatures of chunks are read over, not verified, as those of whole requests are here.
Source: Amazon S3 API reference, "Signature calculations: transferring payload in multiple chunks", 2026.
"""

import re

from laststop.errors import UsageError

_HEAD_BYTES_MAX = 4096
_SIZE = re.compile(rb"[0-9a-fA-F]{1,16}")


class Unchunking:
    """Takes the body as it comes and gives its content; `finished` once the last chunk was read."""

    def __init__(self) -> None:
        """Nothing is read yet."""
        self._pending = b""
        self._left = 0
        self._ends_chunk = False
        self.finished = False

    def feed(self, piece: bytes) -> bytes:
        """The content that this piece completes.

        Raises: UsageError where the body breaks the encoding.
        """
        content = bytearray()
        self._pending += piece
        while self._pending and not self.finished:
            if self._left:
                taken, self._pending = self._pending[: self._left], self._pending[self._left :]
                self._left -= len(taken)
                self._ends_chunk = not self._left
                content += taken
            elif not self._read_head():
                break
        return bytes(content)

    def _read_head(self) -> bool:
        """Read the line before a chunk; False when it is not here in full."""
        prefix = b"\r\n" if self._ends_chunk else b""
        if len(self._pending) < len(prefix):
            return False
        if not self._pending.startswith(prefix):
            raise UsageError("a chunk is longer than it says", place="body")
        head, end, rest = self._pending[len(prefix) :].partition(b"\r\n")
        if not end:
            if len(head) > _HEAD_BYTES_MAX:
                raise UsageError("a chunk has no length", place="body")
            return False
        size = head.partition(b";")[0].strip()
        if not _SIZE.fullmatch(size):
            raise UsageError("a chunk has no length", place="body")
        self._left = int(size, 16)
        self._pending = rest
        self._ends_chunk = False
        self.finished = not self._left  # checksums may follow; they are not held against anything
        return True

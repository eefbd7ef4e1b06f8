"""One upload under way: its bytes go to a draft, and are held against what the client announced."""

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Final

from laststop.errors import UsageError
from laststop.homes.embedded.buckets.aws_chunked import Unchunking
from laststop.homes.embedded.disk import answering

UPLOAD_BYTES_MAX: Final = 7 * 1024**3
"""As much as CodePipeline takes as one artifact."""
_DIGITS = 64


class Upload:
    """Writes a body to a draft as it comes; `finish` says whether it came whole.

    Concurrency: one request's own.
    """

    def __init__(self, draft: Path, headers: Mapping[str, str]) -> None:
        """`headers` in lower case."""
        self.draft = draft
        encodings = [each.strip() for each in headers.get("content-encoding", "").split(",")]
        signed = headers.get("x-amz-content-sha256", "")
        streamed = signed.startswith("STREAMING-")
        self._chunks = Unchunking() if "aws-chunked" in encodings or streamed else None
        announced = headers.get("x-amz-decoded-content-length" if self._chunks else "content-length", "")
        self._announced = int(announced) if announced.isascii() and announced.isdigit() else None
        self._signed = signed if len(signed) == _DIGITS else ""
        self._sha256 = hashlib.sha256()
        self._file: IO[bytes] = draft.open("wb")
        self.size_bytes = 0

    def feed(self, piece: bytes) -> None:
        """Take the next piece of the body.

        Raises: UsageError for a broken encoding or too large a body, TransientError on a full disk.
        """
        content = self._chunks.feed(piece) if self._chunks else piece
        self.size_bytes += len(content)
        if self.size_bytes > UPLOAD_BYTES_MAX:
            raise UsageError(f"the object has more than {UPLOAD_BYTES_MAX} bytes", place="body")
        self._sha256.update(content)
        with answering(self.draft):
            self._file.write(content)

    def finish(self) -> None:
        """Close the draft.

        Raises: UsageError when the body is not the one that was announced; TransientError on a full disk.
        """
        with answering(self.draft):
            self._file.close()
        cut = self._chunks is not None and not self._chunks.finished
        if cut or (self._announced is not None and self.size_bytes != self._announced):
            raise UsageError("the body is shorter or longer than announced", place="body")
        if self._signed and self._sha256.hexdigest() != self._signed:
            raise UsageError("the body is not the one that was signed", place="x-amz-content-sha256")

    def discard(self) -> None:
        """The client left, or was refused: nothing stays."""
        self._file.close()
        self.draft.unlink(missing_ok=True)

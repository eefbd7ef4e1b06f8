"""A file of messages, one JSON object per line: for log shippers, and for who has no chat."""

import os
from pathlib import Path
from typing import Literal

import msgspec

from laststop.errors import DeniedError, TransientError
from laststop.notices.bulletin import Message
from laststop.notices.story import Story
from laststop.words.ids import RunId
from laststop.words.instants import Instant

HINT = "see that the folder of [notices] file exists, and that laststop may write there"


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """What a line holds. Who reads it twice sees the same `run`, `revision` and `call`."""

    event: Literal["posted", "edited", "called"]
    run: RunId
    revision: int
    outcome: str
    text: str
    story: Story
    call: str = ""


def line_of(event: Literal["posted", "edited", "called"], message: Message, call: str = "") -> Line:
    """A message as a line, or as the body of a webhook."""
    return Line(
        event=event,
        run=message.run,
        revision=message.revision,
        outcome=message.story.outcome,
        text=message.text,
        story=message.story,
        call=call,
    )


class MessageFile:
    """The `Bulletin` that appends.

    Limit: it never shortens the file; who moves it away finds a new one at the next message.
    """

    name = "file"
    at_verdict = False

    def __init__(self, path: Path) -> None:
        """The file is made when there is something to write."""
        self._path = path

    def post(self, message: Message) -> str:
        """Append it."""
        self._append(line_of("posted", message))
        return message.run

    def edit(self, handle: str, message: Message) -> str:
        """Append it as it reads now."""
        self._append(line_of("edited", message))
        return handle

    def reply(self, handle: str, message: Message, part: str) -> None:  # noqa: ARG002 - the run is the handle
        """Append the call."""
        self._append(line_of("called", message, part))

    def find(self, run: RunId, since: Instant) -> str:  # noqa: ARG002 - a line twice is known by its revision
        """Not looked for: twice rather than never."""
        return ""

    def replied(self, handle: str, part: str) -> bool:  # noqa: ARG002 - as in `find`
        """Not looked for either."""
        return False

    def _append(self, line: Line) -> None:
        """One whole line, on the disk when this returns; what a kill cut off before is ended first."""
        content = msgspec.json.encode(line) + b"\n"
        try:
            descriptor = os.open(self._path, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o640)
            try:
                size = os.fstat(descriptor).st_size
                if size and os.pread(descriptor, 1, size - 1) != b"\n":
                    content = b"\n" + content
                _write_all(descriptor, content)
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
        except PermissionError as error:
            raise DeniedError(str(error.strerror), place=str(self._path), hint=HINT) from error
        except (FileNotFoundError, IsADirectoryError, NotADirectoryError) as error:
            raise DeniedError(str(error.strerror), place=str(self._path), hint=HINT) from error
        except OSError as error:
            raise TransientError(
                error.strerror or type(error).__name__, place=str(self._path), hint="look at the disk"
            ) from error


def _write_all(descriptor: int, content: bytes) -> None:
    """A full disk may take the first half and refuse the rest."""
    rest = memoryview(content)
    while rest:
        rest = rest[os.write(descriptor, rest) :]

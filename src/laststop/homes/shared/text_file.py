"""A small text file people write, and where things stand in it."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

import msgspec

from laststop.errors import NotFoundError, UsageError
from laststop.pipeline.problems import Trail

TEXT_BYTES_MAX: Final = 512 * 1024
"""More than a full pipeline of CodePipeline needs; it bounds what a hostile file can cost."""


class Located(msgspec.Struct, frozen=True, kw_only=True):
    """Decoded plain data, and the line each key and list item stands on.

    Units: lines count from 1.
    """

    value: object
    places: Mapping[Trail, int]

    def line(self, path: Trail) -> int:
        """The line of a place, or of the nearest place around it that has one; 0 when none is known."""
        for length in range(len(path), -1, -1):
            line = self.places.get(path[:length])
            if line is not None:
                return line
        return 0

    def under(self, key: str) -> "Located":
        """What stands under one key of a mapping, with ways that begin there."""
        assert isinstance(self.value, dict)
        inside = {path[1:]: line for path, line in self.places.items() if path[:1] == (key,)}
        return Located(value=self.value[key], places=inside)


def read_text(path: Path, *, hint: str = "") -> str:
    """The file's text, without a byte order mark.

    Raises: NotFoundError when there is no such file; UsageError when it cannot be read, is too large or is
    not UTF-8.
    """
    try:
        if path.exists() and not path.is_file():
            raise UsageError("this is no file", place=str(path), hint=hint)
        with path.open("rb") as file:
            content = file.read(TEXT_BYTES_MAX + 1)
    except FileNotFoundError as error:
        raise NotFoundError("there is no such file", place=str(path), hint=hint) from error
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise UsageError(f"it cannot be read: {reason}", place=str(path), hint=hint) from error
    if len(content) > TEXT_BYTES_MAX:
        raise UsageError(f"it is larger than {TEXT_BYTES_MAX // 1024} KiB", place=str(path))
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise UsageError("it is not UTF-8", place=f"{path}:{line}", hint="save the file as UTF-8") from error

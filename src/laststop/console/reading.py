"""Reading requests strictly: what cannot be used is named."""

import re
from typing import TypeVar

import msgspec

from laststop.console.desk import Asked
from laststop.errors import UsageError

T = TypeVar("T", bound=msgspec.Struct)
_PATH = re.compile(r" - at `\$\.?(.*)`$")


def read_body(asked: Asked, kind: type[T], *, optional: bool = False) -> T:
    """The JSON body as a value; with `optional`, no body counts as an empty object.

    Raises: UsageError naming the member that cannot be used.
    """
    body = asked.body or (b"{}" if optional else b"")
    members = ", ".join(kind.__struct_encode_fields__)
    if not body:
        raise UsageError("is empty", place="body", hint=f"send a JSON object; it may have: {members}")
    try:
        return msgspec.json.decode(body, type=kind)
    except msgspec.ValidationError as error:
        text = str(error)
        found = _PATH.search(text)
        place = f"body.{found[1]}" if found else "body"
        raise UsageError(_PATH.sub("", text), place=place, hint=f"it may have: {members}") from error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        reason = "it is nested too deeply" if isinstance(error, RecursionError) else str(error)
        raise UsageError(f"is no JSON: {reason}", place="body") from error


def read_count(asked: Asked, name: str, *, default: int, largest: int) -> int:
    """A number of the query, from 1 on.

    Raises: UsageError when it is none, or too large.
    """
    text = asked.query.get(name)
    return default if text is None else read_number(text, name, smallest=1, largest=largest)


def read_number(text: str, place: str, *, smallest: int = 0, largest: int) -> int:
    """A whole number in plain digits.

    Raises: UsageError naming the place when it is none, or out of bounds.
    """
    plain = text.isascii() and text.isdigit() and len(text) <= len(str(largest))
    if not (plain and smallest <= int(text) <= largest):
        raise UsageError(f'"{text[:40]}" is no number from {smallest} to {largest}', place=place)
    return int(text)

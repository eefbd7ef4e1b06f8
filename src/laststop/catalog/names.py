"""What may be the name of an algorithm, a version, a type or a phase."""

import difflib
import re
from collections.abc import Iterable

from laststop.errors import UsageError

LONGEST_NAME_BYTES = 255
"""UTF-8 bytes; the table would take 1,024 of a sort key, a path segment and a file name take this."""

_SEPARATORS = "/\\"
_ORDINARY = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+~!@:-]{0,99}")  # most names, without a second look


def check_name(text: str, what: str) -> str:
    """Give back a name that can stand in a URL's path, in a table's key and on a page.

    `what` is the word for it in the error (`algorithm`, `version`, `phase`). Letters and digits of any script
    and marks like `._+-~!@:` pass, so do inner blanks, which existing tables contain.
    Raises: UsageError naming what is wrong and the next step.
    """
    if _ORDINARY.fullmatch(text):
        return text
    fault = _fault(text)
    if fault:
        shown = text if len(text) <= 80 else text[:77] + "..."  # noqa: PLR2004
        raise UsageError(f"{shown!r} {fault}", place=what, hint=f"choose another name for the {what}")
    return text


def did_you_mean(text: str, known: Iterable[str]) -> str:
    """A hint that names the nearest known word, or all of them where none is near."""
    words = sorted(known)
    near = difflib.get_close_matches(text, words, n=1)
    return f'did you mean "{near[0]}"?' if near else f"known are: {', '.join(words) or 'none'}"


def _fault(text: str) -> str:
    """What keeps a text from being a name, as the end of a sentence; empty when nothing does."""
    if not text:
        return "is empty"
    if not text.isprintable():  # also catches lone surrogates, control and direction marks
        return "has characters that cannot be printed"
    if len(text.encode()) > LONGEST_NAME_BYTES:
        return f"is longer than {LONGEST_NAME_BYTES} bytes"
    if any(mark in text for mark in _SEPARATORS):
        return "has a slash, which separates the parts of a URL"
    if text.startswith("#"):
        return 'starts with "#", which marks laststop\'s own items'
    if text in {".", ".."}:
        return "means a folder in a URL"
    return "starts or ends with a blank" if text != text.strip() else ""

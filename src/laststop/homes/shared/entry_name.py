"""What an entry of a zip archive may be called, when it is read and when it is written."""

import re
from collections.abc import Iterable, Iterator

_NAME_BYTES_MAX = 1024
_PART_BYTES_MAX = 255
_DRIVE = re.compile(r"[A-Za-z]:")


def name_fault(name: str) -> str:
    """Why a name must not stand in an archive; empty when it may.

    A directory's closing slash is allowed.
    """
    parts = name.removesuffix("/").split("/")
    if not name:
        return "has an empty name"
    if name.startswith("/") or _DRIVE.match(name):
        return "has an absolute name"
    if "\\" in name:
        return "has a backslash in its name"
    if ".." in parts:
        return "has a name that leads out of the archive"
    if "" in parts or "." in parts:
        return "has a name with an empty or a dot part"
    if any(ord(letter) < ord(" ") or letter == "\x7f" for letter in name):
        return "has a control character in its name"
    try:
        lengths = [len(part.encode()) for part in parts]
    except UnicodeEncodeError:
        return "has a name that is no text"
    if max(lengths) > _PART_BYTES_MAX or sum(lengths) + len(parts) > _NAME_BYTES_MAX:
        return f"has too long a name (more than {_PART_BYTES_MAX} bytes a part, {_NAME_BYTES_MAX} in all)"
    return ""


def clash(names: Iterable[str]) -> str:
    """The first name that cannot stand beside the others: given twice, or below a file; empty if none."""
    seen: set[str] = set()
    files: set[str] = set()
    for name in names:
        plain = name.removesuffix("/")
        if plain in seen and not (name.endswith("/") and plain not in files):
            return name
        seen.add(plain)
        if not name.endswith("/"):
            files.add(plain)
    return next((name for name in sorted(seen) if any(parent in files for parent in _parents(name))), "")


def _parents(name: str) -> Iterator[str]:
    return (name[:at] for at, letter in enumerate(name) if letter == "/")

"""File names for types and algorithms: safe on every file system, never two the same."""

import hashlib
import string

KEPT = frozenset(string.ascii_lowercase + string.digits + "._-")
LONGEST = 100


def slug(name: str) -> str:
    """A file name for `name`: lower-case letters, digits, `.`, `_` and `-` stay, other bytes become `~hex`.

    Capitals count as other, because some file systems do not tell them apart; a leading dot does, so that
    neither `..` nor a hidden file can come out.
    """
    parts = [
        character
        if character in KEPT and not (character == "." and position == 0)
        else "".join(f"~{byte:02x}" for byte in character.encode())
        for position, character in enumerate(name)
    ]
    text = "".join(parts) or "~"
    if len(text) <= LONGEST:
        return text
    return f"{text[: LONGEST - 14]}~~{hashlib.sha256(name.encode()).hexdigest()[:12]}"


def type_page(name: str) -> str:
    """The path of a type's page."""
    return f"{slug(name)}~.html" if name == "index" else f"{slug(name)}.html"


def algorithm_page(type_name: str, algorithm: str) -> str:
    """The path of an algorithm's page."""
    return f"{slug(type_name)}/{slug(algorithm)}.html"

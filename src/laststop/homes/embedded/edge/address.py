"""From what a reader asks for to the key under which the edge caches it.

A key is a decoded path in normal form: it starts with one slash, holds no empty, `.` or `..` segment, and
keeps its trailing slash. Keys are only ever compared with the names of a manifest and never become file
names, so no spelling of a path can leave the site.
"""

import re
from urllib.parse import quote, unquote_to_bytes

from laststop.errors import UsageError

LIMIT_BYTES = 4000
"""The longest path. Source: CloudFront's limit for a path in an invalidation."""

_BROKEN_ESCAPE = re.compile(rb"%(?![0-9A-Fa-f]{2})")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


def cache_key(raw: bytes) -> str:
    """The key of a percent-encoded path: decoded once, duplicate slashes and dot segments resolved.

    Raises: UsageError when it is no path, is broken or not UTF-8, holds control characters or climbs above
        `/`.
    """
    if not raw.startswith(b"/"):
        raise UsageError("a path starts with a slash")
    if len(raw) > LIMIT_BYTES:
        raise UsageError(f"a path has at most {LIMIT_BYTES} bytes")
    if _BROKEN_ESCAPE.search(raw):
        raise UsageError("a % in a path is followed by two hex digits")
    try:
        path = unquote_to_bytes(raw).decode()
    except UnicodeDecodeError as error:
        raise UsageError("a path is UTF-8") from error
    if _CONTROL.search(path):
        raise UsageError("a path holds no control characters")
    return _normal_form(path)


def _normal_form(path: str) -> str:
    segments = path.split("/")
    kept: list[str] = []
    for segment in segments:
        if segment == "..":
            if not kept:
                raise UsageError("a path does not climb above the site")
            kept.pop()
        elif segment not in ("", "."):
            kept.append(segment)
    closing = "/" if kept and segments[-1] in ("", ".", "..") else ""
    return "/" + "/".join(kept) + closing


def encoded(key: str) -> str:
    """A key as a URL path; a backslash is encoded too, because browsers take one for a slash."""
    return quote(key, safe="/~!$&'()*+,;=:@-._")

"""What a file's path inside a site says about the file."""

import re
from pathlib import PurePosixPath

from laststop.errors import UsageError

INDEX = "index.html"

_BYTES_MAX = 900  # an S3 key has 1024, and a release's folder stands before the path
_TEXT = "; charset=utf-8"
_UNKNOWN = "application/octet-stream"
_TYPES = {
    "avif": "image/avif",
    "bmp": "image/bmp",
    "css": "text/css" + _TEXT,
    "csv": "text/csv" + _TEXT,
    "eot": "application/vnd.ms-fontobject",
    "gif": "image/gif",
    "gz": "application/gzip",
    "htm": "text/html" + _TEXT,
    "html": "text/html" + _TEXT,
    "ico": "image/vnd.microsoft.icon",
    "ics": "text/calendar" + _TEXT,
    "jpeg": "image/jpeg",
    "jpg": "image/jpeg",
    "js": "text/javascript" + _TEXT,
    "json": "application/json" + _TEXT,
    "jsonld": "application/ld+json" + _TEXT,
    "map": "application/json" + _TEXT,
    "md": "text/markdown" + _TEXT,
    "mjs": "text/javascript" + _TEXT,
    "mp3": "audio/mpeg",
    "mp4": "video/mp4",
    "ogg": "audio/ogg",
    "otf": "font/otf",
    "pdf": "application/pdf",
    "png": "image/png",
    "rss": "application/rss+xml" + _TEXT,
    "svg": "image/svg+xml" + _TEXT,
    "tar": "application/x-tar",
    "ttf": "font/ttf",
    "txt": "text/plain" + _TEXT,
    "wasm": "application/wasm",
    "wav": "audio/wav",
    "webm": "video/webm",
    "webmanifest": "application/manifest+json" + _TEXT,
    "webp": "image/webp",
    "woff": "font/woff",
    "woff2": "font/woff2",
    "xhtml": "application/xhtml+xml" + _TEXT,
    "xml": "application/xml" + _TEXT,
    "yaml": "application/yaml" + _TEXT,
    "yml": "application/yaml" + _TEXT,
    "zip": "application/zip",
}
_ENCODED = frozenset(b' <>"#%{}|\\^[]`?')  # RFC 1738's unsafe bytes but `~`, and what starts a query
_PAGES = ("html", "htm", "xhtml")
_FINGERPRINT = re.compile(r"[.\-_](?=[a-f]*[0-9])(?=[0-9]*[a-f])[0-9a-f]{8,64}\.[^/]+$")


def check_path(path: str, *, place: str = "") -> str:
    """Hand back a path that a site may hold: relative, plain, of bounded length.

    Limit: 900 bytes of UTF-8.
    Raises: UsageError for any other.
    """
    parts = path.split("/")
    fault = ""
    if path.startswith("/") or "" in parts or "." in parts or ".." in parts:
        fault = "is not a plain relative path"
    elif "\\" in path or any(ord(letter) < ord(" ") or letter == "\x7f" for letter in path):
        fault = "has a backslash or a control character"
    else:
        try:
            long = len(path.encode()) > _BYTES_MAX
        except UnicodeEncodeError:
            fault = "is no text"
        else:
            fault = f"is longer than {_BYTES_MAX} bytes" if long else ""
    if fault:
        raise UsageError(f"the file name {fault}", place=place or repr(path), hint="rename it in the build")
    return path


def content_type_of(path: str) -> str:
    """The content type a file is served with, by its last suffix; text comes as UTF-8.

    An explicit table: what a machine's own list says would make releases differ between machines.
    """
    return _TYPES.get(_suffix(path), _UNKNOWN)


def is_page(path: str) -> bool:
    """Whether a reader opens it as a page of its own."""
    return _suffix(path) in _PAGES


def is_fingerprinted(path: str) -> bool:
    """Whether its name holds a digest of its content (`assets/app-3f9c01ab.js`), so that it never changes.

    Limit: lower-case hex of eight digits and more with a letter and a numeral (so that a date is none), just
    before the suffixes. A page is never taken for one: its address is for people.
    """
    return not is_page(path) and bool(_FINGERPRINT.search(path))


def address_of(path: str) -> str:
    """A file's address: a leading slash, non-ASCII and unsafe bytes percent-encoded, and nothing else.

    Readers' browsers and CloudFront's invalidations agree on this spelling.
    """
    spelled = (
        chr(byte) if ord(" ") < byte < ord("\x7f") and byte not in _ENCODED else f"%{byte:02X}"
        for byte in path.encode()
    )
    return "/" + "".join(spelled)


def reader_address_of(path: str) -> str:
    """The address a reader opens a file at: an index page by its directory."""
    shown = path.removesuffix(INDEX) if path == INDEX or path.endswith(f"/{INDEX}") else path
    return address_of(shown)


def _suffix(path: str) -> str:
    return PurePosixPath(path).suffix[1:].lower()

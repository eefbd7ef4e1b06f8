"""Fetching a page as a reader would: a plain GET that follows no redirect and breaks no cache."""

import hashlib
import http.client
import socket
import ssl
import time
from collections.abc import Mapping
from urllib.parse import quote, urlsplit

import msgspec

from laststop.errors import TransientError, UsageError
from laststop.words.ids import Digest

KEPT_BYTES = 8 * 1024 * 1024
"""How much of a fetched body is kept unless the caller says otherwise; the digest is always of all of it."""

FETCH_PATIENCE = 12
"""A fetch takes at most so many times the timeout, however steadily a server drips."""

_PIECE_BYTES = 256 * 1024
_NONE: Mapping[str, str] = {}
_HEADERS = {"User-Agent": "laststop-probe", "Accept": "*/*", "Connection": "close"}


class Fetched(msgspec.Struct, frozen=True, kw_only=True):
    """A response as a reader gets it. Header names are in lower case, repeated ones joined by commas.

    `body` holds at most the limit asked for; `digest` and `size_bytes` are of everything that came.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes
    digest: Digest
    size_bytes: int


def fetch_page(
    url: str,
    path: str,
    *,
    timeout_seconds: float,
    limit_bytes: int = KEPT_BYTES,
    connect_to: str = "",
    headers: Mapping[str, str] = _NONE,
) -> Fetched:
    """What a reader gets at `path` of a site.

    `path` is a URL path with its query, if any; characters a URL may not hold are encoded here. With
    `connect_to` (`host:port`) the request goes there, and `Host` and certificate are still those of `url`.
    `headers` are sent as well, for sites that are closed to strangers. Raises: UsageError when `url`, `path`
    or `connect_to` is none; TransientError when the edge cannot be reached, is too slow, or ends before it
    sent all it promised.
    """
    if not path.startswith("/"):
        raise UsageError(f"{path!r} does not start with a slash", place=url)
    connection = connection_to(url, timeout_seconds, connect_to)
    started = time.monotonic()
    try:
        connection.request("GET", quote(path, safe="/~!$&'()*+,;=:@-._%?"), headers={**headers, **_HEADERS})
        response = connection.getresponse()
        told: dict[str, str] = {}
        for name, value in response.getheaders():
            key = name.lower()
            told[key] = f"{told[key]}, {value}" if key in told else value
        until = started + FETCH_PATIENCE * timeout_seconds
        body, digest, size_bytes = _read(response, limit_bytes, until, place=url + path)
    except (OSError, http.client.HTTPException) as error:
        raise TransientError(f"the edge did not answer: {reason_of(error)}", place=url + path) from error
    finally:
        connection.close()
    return Fetched(status=response.status, headers=told, body=body, digest=digest, size_bytes=size_bytes)


def connection_to(url: str, timeout_seconds: float, connect_to: str = "") -> http.client.HTTPConnection:
    """A connection to an edge, not yet opened.

    Raises: UsageError when `url` is no address of one.
    """
    try:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or parts.hostname is None or parts.path not in ("", "/"):
            raise UsageError(f"{url!r} is no address of an edge", hint="it looks like http://127.0.0.1:8000")
        target = urlsplit(f"//{connect_to}") if connect_to else parts
        if target.hostname is None:
            raise UsageError(f"{connect_to!r} is no address", hint="it looks like 127.0.0.1:8000")
        usual = http.client.HTTPS_PORT if parts.scheme == "https" else http.client.HTTP_PORT
        made = _Secure if parts.scheme == "https" else _Plain
        connection = made(parts.hostname, parts.port, timeout=timeout_seconds)
        connection.target = (target.hostname, target.port or usual)
    except ValueError as error:
        raise UsageError(f"{url!r} is no address of an edge: {error}") from error
    return connection


class _Plain(http.client.HTTPConnection):
    """Goes to its target, whatever host it asks for."""

    target: tuple[str, int]

    def connect(self) -> None:
        """Open the connection."""
        self.sock = socket.create_connection(self.target, self.timeout)


class _Secure(_Plain):
    """The same with TLS, for the certificate of the host it asks for."""

    default_port = http.client.HTTPS_PORT

    def connect(self) -> None:
        """Open the connection, and trust it only as the host's."""
        super().connect()
        self.sock = ssl.create_default_context().wrap_socket(self.sock, server_hostname=self.host)


def reason_of(error: Exception) -> str:
    """Why a peer did not answer, in words."""
    return getattr(error, "strerror", None) or str(error) or type(error).__name__


def _read(
    response: http.client.HTTPResponse, limit_bytes: int, until: float, *, place: str
) -> tuple[bytes, Digest, int]:
    hasher = hashlib.sha256()
    kept: list[bytes] = []
    kept_bytes = size_bytes = 0
    while piece := response.read1(_PIECE_BYTES):
        hasher.update(piece)
        size_bytes += len(piece)
        if kept_bytes < limit_bytes:
            kept.append(piece[: limit_bytes - kept_bytes])
            kept_bytes += len(kept[-1])
        if time.monotonic() > until:
            raise TransientError("the edge is too slow", place=place)
    if response.length:
        raise TransientError(f"the edge ended {response.length} bytes too early", place=place)
    return b"".join(kept), Digest(hasher.hexdigest()), size_bytes

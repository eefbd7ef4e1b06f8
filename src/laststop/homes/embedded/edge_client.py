"""The other side of the edge: who is there, clear your memory, show me a page."""

import hashlib
import http.client
import time
from collections.abc import Mapping
from pathlib import Path
from typing import TypeVar
from urllib.parse import quote, urlsplit

import msgspec

from laststop.errors import (
    ConflictError,
    DeniedError,
    LaststopError,
    TransientError,
    UsageError,
)
from laststop.homes.embedded.edge.control import PURGE_PATH, PurgeDone, PurgeRefused, PurgeRequest
from laststop.homes.embedded.edge.registry import Registration, living
from laststop.words.ids import Digest

KEPT_BYTES = 8 * 1024 * 1024
"""How much of a fetched body is kept unless the caller says otherwise; the digest is always of all of it."""

FETCH_PATIENCE = 12
"""A fetch takes at most so many times the timeout, however steadily a server drips."""

_T = TypeVar("_T")

_PIECE_BYTES = 256 * 1024
_AGAIN_SECONDS = 0.05
_REFUSALS: Mapping[int, type[LaststopError]] = {
    400: UsageError,
    401: DeniedError,
    409: ConflictError,
    413: UsageError,
}


class Fetched(msgspec.Struct, frozen=True, kw_only=True):
    """A response as a reader gets it. Header names are in lower case, repeated ones joined by commas.

    `body` holds at most the limit asked for; `digest` and `size_bytes` are of everything that came.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes
    digest: Digest
    size_bytes: int


class EdgeClient:
    """Talks to every living edge of one project.

    Concurrency: has no state; any thread may use it.
    """

    def __init__(self, registry: Path, *, timeout_seconds: float = 5) -> None:
        """`registry` is the directory the edges register in."""
        self._registry = registry
        self._timeout_seconds = timeout_seconds

    def urls(self) -> tuple[str, ...]:
        """Where readers find the living edges."""
        return tuple(registration.url for registration in living(self._registry))

    def purge(self, paths: tuple[str, ...], reference: str) -> int:
        """Clear paths on every living edge; returns how many confirmed, each after it had done so.

        Call it after the pointer is switched: an edge that starts meanwhile registers before it reads the
        pointer, so it needs no purge. One that dies meanwhile takes its cache along and is not counted.
        Raises: TransientError when a living edge does not answer in time; UsageError, ConflictError or
        DeniedError when one refuses. The others are purged all the same, and doing it again is harmless.
        """
        body = msgspec.json.encode(PurgeRequest(reference=reference, paths=paths))
        confirmed = 0
        failures: list[LaststopError] = []
        for registration in living(self._registry):
            try:
                confirmed += self._purge_one(registration, body)
            except LaststopError as failure:
                failures.append(failure)
        if failures:
            raise failures[0]
        return confirmed

    def fetch(self, url: str, path: str, *, limit_bytes: int = KEPT_BYTES) -> Fetched:
        """What a reader gets at `path` of an edge: a plain GET that follows no redirect and busts no cache.

        `path` is a URL path with its query, if any; characters a URL may not hold are encoded here. Raises:
        UsageError when `url` or `path` is none; TransientError when the edge cannot be reached, is too slow,
        or ends before it sent all it promised.
        """
        if not path.startswith("/"):
            raise UsageError(f"{path!r} does not start with a slash", place=url)
        connection = self._connection(url)
        started = time.monotonic()
        try:
            connection.request("GET", quote(path, safe="/~!$&'()*+,;=:@-._%?"), headers=_FETCH_HEADERS)
            response = connection.getresponse()
            headers: dict[str, str] = {}
            for name, value in response.getheaders():
                key = name.lower()
                headers[key] = f"{headers[key]}, {value}" if key in headers else value
            body, digest, size_bytes = self._read(response, limit_bytes, started, place=url + path)
        except (OSError, http.client.HTTPException) as error:
            raise TransientError(f"the edge did not answer: {_reason(error)}", place=url + path) from error
        finally:
            connection.close()
        return Fetched(
            status=response.status, headers=headers, body=body, digest=digest, size_bytes=size_bytes
        )

    def _read(
        self, response: http.client.HTTPResponse, limit_bytes: int, started: float, *, place: str
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
            if time.monotonic() - started > FETCH_PATIENCE * self._timeout_seconds:
                raise TransientError("the edge is too slow", place=place)
        if response.length:
            raise TransientError(f"the edge ended {response.length} bytes too early", place=place)
        return b"".join(kept), Digest(hasher.hexdigest()), size_bytes

    def _purge_one(self, registration: Registration, body: bytes) -> int:
        """1 when confirmed, 0 when the edge is gone."""
        deadline = time.monotonic() + self._timeout_seconds
        while True:
            try:
                return self._post(registration, body)
            except (OSError, http.client.HTTPException) as error:
                if not any(one.token == registration.token for one in living(self._registry)):
                    return 0
                if time.monotonic() >= deadline:
                    raise TransientError(
                        f"the edge at {registration.url} (process {registration.pid}) "
                        f"did not confirm the purge: {_reason(error)}",
                        place=registration.control_url,
                        hint="if it hangs, stop it: an edge that is gone needs no purge",
                    ) from error
                time.sleep(_AGAIN_SECONDS)

    def _post(self, registration: Registration, body: bytes) -> int:
        connection = self._connection(registration.control_url)
        headers = {"Authorization": f"Bearer {registration.token}", "Content-Type": "application/json"}
        try:
            connection.request("POST", PURGE_PATH, body=body, headers=headers)
            response = connection.getresponse()
            content = response.read()
        finally:
            connection.close()
        if response.status == 200:  # noqa: PLR2004
            _decoded(content, PurgeDone, registration)
            return 1
        refused = _decoded(content, PurgeRefused, registration)
        kind = _REFUSALS.get(response.status, TransientError)
        raise kind(refused.message, place=refused.place or registration.control_url, hint=refused.hint)

    def _connection(self, url: str) -> http.client.HTTPConnection:
        try:
            parts = urlsplit(url)
            if parts.scheme != "http" or parts.hostname is None or parts.path not in ("", "/"):
                raise UsageError(
                    f"{url!r} is no address of an edge", hint="it looks like http://127.0.0.1:8000"
                )
            return http.client.HTTPConnection(parts.hostname, parts.port, timeout=self._timeout_seconds)
        except ValueError as error:
            raise UsageError(f"{url!r} is no address of an edge: {error}") from error


_FETCH_HEADERS = {"User-Agent": "laststop-probe", "Accept": "*/*", "Connection": "close"}


def _decoded(content: bytes, kind: type[_T], registration: Registration) -> _T:
    try:
        return msgspec.json.decode(content, type=kind)
    except msgspec.DecodeError as error:
        raise TransientError(
            f"what answers here is no edge of laststop: {error}", place=registration.control_url
        ) from error


def _reason(error: Exception) -> str:
    return getattr(error, "strerror", None) or str(error) or type(error).__name__

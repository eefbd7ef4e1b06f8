"""HTTP to one address, over connections that are kept for the next request."""

import http.client
import os
import ssl
import time
from collections import deque
from collections.abc import Mapping
from functools import lru_cache
from urllib.parse import urlsplit

import msgspec

_PORTS = {"http": 80, "https": 443}
_IDLE_MAX = 32
_ANSWER_BYTES_MAX = 64 * 1024 * 1024
_PIECE_BYTES = 256 * 1024
_PATIENCE = 6
"""An answer takes at most so many times the timeout."""


class Unanswered(Exception):  # noqa: N818 - it is no error of ours: the peer did not answer
    """No usable answer came: refused, cut off, too slow, or no HTTP. It may have been acted on."""


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """A response; header names in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Connections:
    """Sends requests to one address.

    Concurrency: any thread may use it; each request has a connection of its own.
    """

    def __init__(self, url: str, *, timeout_seconds: float) -> None:
        """`url` is scheme, host and maybe port; nothing is sent before the first request."""
        parts = urlsplit(url)
        self._scheme, self._name, self._port = parts.scheme, parts.hostname or "", parts.port
        self._timeout_seconds = timeout_seconds
        self._idle: deque[http.client.HTTPConnection] = deque()
        usual = self._port in (None, _PORTS[self._scheme])
        name = f"[{self._name}]" if ":" in self._name else self._name
        self.host = name if usual else f"{name}:{self._port}"

    def send(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """One request and its answer.

        A kept connection that the peer closed meanwhile is replaced by a new one, once.
        Raises: Unanswered.
        """
        try:
            idle = self._idle.pop()
        except IndexError:
            return self._once(self._opened(), method, path, headers, body)
        try:
            return self._once(idle, method, path, headers, body)
        except _ClosedMeanwhile:
            return self._once(self._opened(), method, path, headers, body)

    def close(self) -> None:
        """Let go of the connections nobody uses; a later request opens a new one."""
        while self._idle:
            self._idle.pop().close()

    def _once(
        self,
        connection: http.client.HTTPConnection,
        method: str,
        path: str,
        headers: Mapping[str, str],
        body: bytes,
    ) -> Answer:
        try:
            connection.request(method, path, body=body, headers=dict(headers))
            response = connection.getresponse()
            content = self._read(response)
        except (http.client.RemoteDisconnected, ConnectionResetError, BrokenPipeError) as error:
            connection.close()
            raise _ClosedMeanwhile(_reason(error)) from error
        except (OSError, http.client.HTTPException) as error:
            connection.close()
            raise Unanswered(_reason(error)) from error
        except Unanswered:
            connection.close()
            raise
        if response.will_close or len(self._idle) >= _IDLE_MAX:
            connection.close()
        else:
            self._idle.append(connection)
        found = {name.lower(): value for name, value in response.getheaders()}
        return Answer(status=response.status, headers=found, body=content)

    def _read(self, response: http.client.HTTPResponse) -> bytes:
        """The whole body, in bounded time and memory, however steadily a peer drips."""
        until = time.monotonic() + _PATIENCE * self._timeout_seconds
        pieces: list[bytes] = []
        size_bytes = 0
        while piece := response.read1(_PIECE_BYTES):
            pieces.append(piece)
            size_bytes += len(piece)
            if size_bytes > _ANSWER_BYTES_MAX:
                raise Unanswered(f"the answer is longer than {_ANSWER_BYTES_MAX} bytes")
            if time.monotonic() > until:
                raise Unanswered("the answer came too slowly")
        if response.length:
            raise Unanswered(f"the answer ended {response.length} bytes too early")
        response.close()  # the answer, not the connection, which is ready for the next request by that
        return b"".join(pieces)

    def _opened(self) -> http.client.HTTPConnection:
        if self._scheme == "https":
            return http.client.HTTPSConnection(
                self._name, self._port, timeout=self._timeout_seconds, context=_trusting()
            )
        return http.client.HTTPConnection(self._name, self._port, timeout=self._timeout_seconds)


class _ClosedMeanwhile(Unanswered):
    """The connection was closed before any answer."""


@lru_cache(maxsize=1)
def _trusting() -> ssl.SSLContext:
    """The machine's certificates, or those of `AWS_CA_BUNDLE`."""
    return ssl.create_default_context(cafile=os.environ.get("AWS_CA_BUNDLE") or None)


def _reason(error: Exception) -> str:
    return getattr(error, "strerror", None) or str(error) or type(error).__name__

"""Posts JSON to an address of the user's own, signed, within bounded time.

The header `X-Laststop-Signature` is `v1=` and the HMAC-SHA256, in hex, of the time in `X-Laststop-Timestamp`,
a dot and the body. `X-Laststop-Delivery` is the same for every attempt at the same thing, so that a receiver
can do it once.
"""

import contextlib
import hashlib
import hmac
import http.client
import socket
import ssl
import threading
from collections.abc import Callable, Mapping
from typing import Final
from urllib.parse import urlsplit

from laststop.errors import DeniedError, LaststopError, TransientError, UsageError
from laststop.notices.bulletin import InDoubtError
from laststop.words.instants import Instant

TIMEOUT_SECONDS: Final = 10.0
PATIENCE: Final = 3
"""An exchange takes at most so many times the timeout, however steadily the receiver drips."""

_TAKEN: Final = range(200, 300)
_LATER: Final = frozenset({408, 425, 429, 502, 503, 504})
_DENIES: Final = frozenset({401, 403, 404, 405, 410})
_SERVER_ERRORS: Final = 500


def signature(secret: str, timestamp: str, body: bytes) -> str:
    """What `X-Laststop-Signature` holds; a receiver computes the same and compares in constant time."""
    signed = timestamp.encode() + b"." + body
    return "v1=" + hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()


class SignedPost:
    """One address, and the secret that what goes there is signed with.

    Limit: connects directly; proxies of the environment are not used. Redirects are not followed.
    """

    def __init__(
        self,
        *,
        url: str,
        secret: str,
        clock: Callable[[], Instant],
        place: str,
        timeout_seconds: float = TIMEOUT_SECONDS,
    ) -> None:
        """`place` is where the address stands, for those who have to mend it.

        Raises: UsageError when the address is none.
        """
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise UsageError("it is no http or https address", place=f"laststop.toml {place}")
        self._https = parts.scheme == "https"
        self._host, self._port = parts.hostname, parts.port
        self._target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        self._secret = secret
        self._clock = clock
        self._hint = f"look at what answers at {place}"
        self._timeout_seconds = timeout_seconds

    def send(self, body: bytes, delivery: str) -> None:
        """Post it.

        Raises: TransientError when it was surely not taken and may be later, InDoubtError when nobody knows,
            DeniedError or UsageError when the receiver refuses it.
        """
        timestamp = str(int(self._clock().timestamp()))
        headers = {
            "Content-Type": "application/json",
            "User-Agent": "laststop",
            "X-Laststop-Timestamp": timestamp,
            "X-Laststop-Signature": signature(self._secret, timestamp, body),
            "X-Laststop-Delivery": delivery,
        }
        try:
            status, pause = self._exchange(body, headers)
        except (ConnectionRefusedError, ssl.SSLCertVerificationError) as error:
            raise TransientError(f"no connection: {error}", place=self._host, hint=self._hint) from error
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise InDoubtError(f"no answer: {error}"[:300], place=self._host, hint=self._hint) from error
        if status not in _TAKEN:
            raise self._refusal(status, pause)

    def _exchange(self, body: bytes, headers: Mapping[str, str]) -> tuple[int, float | None]:
        """One request, bounded in time; of the answer only the head is read."""
        kind = http.client.HTTPSConnection if self._https else http.client.HTTPConnection
        connection = kind(self._host, self._port, timeout=self._timeout_seconds)
        try:
            connection.connect()
            enough = threading.Timer(self._timeout_seconds * PATIENCE, _cut_off, (connection.sock,))
            enough.daemon = True
            enough.start()
            try:
                connection.request("POST", self._target, body=body, headers=dict(headers))
                answer = connection.getresponse()
                return answer.status, _seconds(answer.headers.get("Retry-After", ""))
            finally:
                enough.cancel()
        finally:
            connection.close()

    def _refusal(self, status: int, pause: float | None) -> LaststopError:
        said = f"it answers {status}"
        if status in _LATER:
            return TransientError(said, place=self._host, hint=self._hint, retry_after_seconds=pause)
        if status >= _SERVER_ERRORS:
            return InDoubtError(said, place=self._host, hint=self._hint, retry_after_seconds=pause)
        if status in _DENIES or status < 400:  # noqa: PLR2004 - a redirect is not followed
            return DeniedError(said, place=self._host, hint=self._hint)
        return UsageError(said, place=self._host, hint=self._hint)


def _cut_off(connected: socket.socket) -> None:
    """End an exchange that takes too long: who waits in it reads an end of file."""
    with contextlib.suppress(OSError):  # it ended by itself just now
        connected.shutdown(socket.SHUT_RDWR)


def _seconds(text: str) -> float | None:
    """`Retry-After` in seconds; a date is not honoured, the courier's own pause is."""
    return float(text) if text.isascii() and text.isdigit() and len(text) < 10 else None  # noqa: PLR2004

"""Messages to a webhook of the user's own: JSON, signed, repeated until it is taken.

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

import msgspec

from laststop.errors import DeniedError, LaststopError, TransientError, UsageError
from laststop.homes.shared.message_file import Line, line_of
from laststop.notices.bulletin import InDoubtError, Message
from laststop.words.ids import RunId
from laststop.words.instants import Instant

TIMEOUT_SECONDS: Final = 10.0
PATIENCE: Final = 3
"""An exchange takes at most so many times the timeout, however steadily the receiver drips."""
HINT: Final = "look at what answers at [notices] webhook_url"

_TAKEN: Final = range(200, 300)
_LATER: Final = frozenset({408, 425, 429, 502, 503, 504})
_DENIES: Final = frozenset({401, 403, 404, 405, 410})
_SERVER_ERRORS: Final = 500


def signature(secret: str, timestamp: str, body: bytes) -> str:
    """What `X-Laststop-Signature` holds; a receiver computes the same and compares in constant time."""
    signed = timestamp.encode() + b"." + body
    return "v1=" + hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()


class SignedWebhook:
    """The `Bulletin` that posts every revision, and every call. A handle is the run's id.

    Limit: connects directly; proxies of the environment are not used. Redirects are not followed.
    """

    name = "webhook"
    at_verdict = False

    def __init__(
        self,
        *,
        url: str,
        secret: str,
        clock: Callable[[], Instant],
        timeout_seconds: float = TIMEOUT_SECONDS,
    ) -> None:
        """Raises: UsageError when the address is none."""
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise UsageError("it is no http or https address", place="laststop.toml notices.webhook_url")
        self._https = parts.scheme == "https"
        self._host, self._port = parts.hostname, parts.port
        self._target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        self._secret = secret
        self._clock = clock
        self._timeout_seconds = timeout_seconds

    def post(self, message: Message) -> str:
        """Send it."""
        self._send(line_of("posted", message))
        return message.run

    def edit(self, handle: str, message: Message) -> str:
        """Send it as it reads now."""
        self._send(line_of("edited", message))
        return handle

    def reply(self, handle: str, message: Message, part: str) -> None:  # noqa: ARG002 - the run is the handle
        """Send the call."""
        self._send(line_of("called", message, part))

    def find(self, run: RunId, since: Instant) -> str:  # noqa: ARG002 - a copy is known by its delivery
        """Not looked for: the receiver knows a copy by its delivery."""
        return ""

    def replied(self, handle: str, part: str) -> bool:  # noqa: ARG002 - as in `find`
        """Not looked for either."""
        return False

    def _send(self, line: Line) -> None:
        body = msgspec.json.encode(line)
        timestamp = str(int(self._clock().timestamp()))
        headers = {
            "Content-Type": "application/json",
            "User-Agent": "laststop",
            "X-Laststop-Timestamp": timestamp,
            "X-Laststop-Signature": signature(self._secret, timestamp, body),
            "X-Laststop-Delivery": f"{line.run}/{line.revision}" + (f"/{line.call}" if line.call else ""),
        }
        try:
            status, pause = self._exchange(body, headers)
        except (ConnectionRefusedError, ssl.SSLCertVerificationError) as error:
            raise TransientError(f"no connection: {error}", place=self._host, hint=HINT) from error
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise InDoubtError(f"no answer: {error}"[:300], place=self._host, hint=HINT) from error
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
            return TransientError(said, place=self._host, hint=HINT, retry_after_seconds=pause)
        if status >= _SERVER_ERRORS:
            return InDoubtError(said, place=self._host, hint=HINT, retry_after_seconds=pause)
        if status in _DENIES or status < 400:  # noqa: PLR2004 - a redirect is not followed
            return DeniedError(said, place=self._host, hint=HINT)
        return UsageError(said, place=self._host, hint=HINT)


def _cut_off(connected: socket.socket) -> None:
    """End an exchange that takes too long: who waits in it reads an end of file."""
    with contextlib.suppress(OSError):  # it ended by itself just now
        connected.shutdown(socket.SHUT_RDWR)


def _seconds(text: str) -> float | None:
    """`Retry-After` in seconds; a date is not honoured, the courier's own pause is."""
    return float(text) if text.isascii() and text.isdigit() and len(text) < 10 else None  # noqa: PLR2004

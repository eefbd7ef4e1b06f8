"""The edge's second door: purges, from this machine and with its token only."""

import hmac
import logging

import msgspec

from laststop.errors import LaststopError
from laststop.homes.embedded.edge.asgi import (
    Receive,
    Scope,
    Send,
    body_message,
    header_values,
    read_body,
    start_message,
)
from laststop.homes.embedded.edge.cache import Cache
from laststop.homes.embedded.edge.purge import References, purge_of

PURGE_PATH = "/purge"
LIMIT_BYTES = 16 * 1024 * 1024
"""Room for CloudFront's 3,000 paths of 4,000 characters."""

_log = logging.getLogger("laststop.edge")


class PurgeRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Body of `POST /purge`."""

    reference: str
    paths: tuple[str, ...]


class PurgeDone(msgspec.Struct, frozen=True, kw_only=True):
    """The purge is applied. `applied` is False when it had been before, under the same reference."""

    applied: bool
    cleared: int


class PurgeRefused(msgspec.Struct, frozen=True, kw_only=True):
    """Nothing was cleared; the fields of a `LaststopError`."""

    code: str
    message: str
    place: str = ""
    hint: str = ""


class Control:
    """Applies purges; the answer comes after the purge is applied.

    Concurrency: runs on the event loop of the readers' application, so a purge is one step among its
    requests.
    """

    def __init__(self, cache: Cache, token: str) -> None:
        """Whoever shows `token` may purge `cache`."""
        self._cache = cache
        self._authorization = f"Bearer {token}".encode()
        self._references = References()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        shown = header_values(scope, b"authorization")
        if len(shown) != 1 or not hmac.compare_digest(shown[0], self._authorization):
            refused = PurgeRefused(code="Denied", message="this needs the edge's token")
            await _reply(send, 401, refused, (b"www-authenticate", b"Bearer"))
        elif scope["path"] != PURGE_PATH:
            await _reply(send, 404, PurgeRefused(code="NotFound", message="only /purge is here"))
        elif scope["method"] != "POST":
            refused = PurgeRefused(code="InvalidInput", message="a purge is a POST")
            await _reply(send, 405, refused, (b"allow", b"POST"))
        else:
            body = await read_body(receive, limit_bytes=LIMIT_BYTES)
            if body is None:
                message = f"a purge has at most {LIMIT_BYTES} bytes"
                await _reply(send, 413, PurgeRefused(code="InvalidInput", message=message))
                return
            status, reply = self._purge(body)
            await _reply(send, status, reply)

    def _purge(self, body: bytes) -> tuple[int, PurgeDone | PurgeRefused]:
        try:
            request = msgspec.json.decode(body, type=PurgeRequest)
            if self._references.is_done(request.reference, request.paths):
                return 200, PurgeDone(applied=False, cleared=0)
            cleared = self._cache.purge(purge_of(request.paths))
        except msgspec.DecodeError as error:
            return 400, PurgeRefused(code="InvalidInput", message=str(error))
        except LaststopError as error:
            refused = PurgeRefused(code=error.code, message=error.message, place=error.place, hint=error.hint)
            return error.http_status, refused
        self._references.note(request.reference, request.paths)
        _log.info("purged %d paths, %d entries (%s)", len(request.paths), cleared, request.reference)
        return 200, PurgeDone(applied=True, cleared=cleared)


async def _reply(
    send: Send, status: int, reply: PurgeDone | PurgeRefused, *extra: tuple[bytes, bytes]
) -> None:
    body = msgspec.json.encode(reply)
    headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body)), *extra]
    if status != 200:  # noqa: PLR2004
        headers.append((b"connection", b"close"))
    await send(start_message(status, headers))
    await send(body_message(body))

"""The ASGI application readers talk to.

A hit is answered without leaving the event loop, from messages made when the page was kept.
"""

import asyncio
from collections.abc import Callable

from laststop.errors import UsageError
from laststop.homes.embedded.edge.address import LIMIT_BYTES, cache_key
from laststop.homes.embedded.edge.answer import Answer, own_answer
from laststop.homes.embedded.edge.asgi import (
    Header,
    Receive,
    Scope,
    Send,
    body_message,
    header_values,
    start_message,
)
from laststop.homes.embedded.edge.cache import Cache, Entry
from laststop.homes.embedded.edge.conditions import Span, Unsatisfiable, names_etag, wanted_span
from laststop.homes.embedded.edge.fills import Fills, Trouble
from laststop.homes.embedded.edge.hosts import Hosts
from laststop.homes.embedded.edge.own_pages import (
    METHOD_NOT_ALLOWED,
    OUT_OF_REACH,
    TOO_LONG,
    WRONG_HOST,
    bad_request,
)
from laststop.homes.embedded.edge.site_reader import PIECE_BYTES

LOOKS = 8
"""How often a request looks again because a purge came while it was being answered."""

_READING = frozenset(("GET", "HEAD"))
_CONDITIONAL = frozenset((b"if-none-match", b"range"))
_CLOSE: Header = (b"connection", b"close")
_NOT_ALLOWED = own_answer(METHOD_NOT_ALLOWED, ((b"allow", b"GET, HEAD"), _CLOSE))
_TOO_LONG = own_answer(TOO_LONG, (_CLOSE,))
_WRONG_HOST = own_answer(WRONG_HOST, (_CLOSE,))
_HOST_ONCE = own_answer(bad_request("a request names its host exactly once"), (_CLOSE,))
_OUT_OF_REACH = own_answer(OUT_OF_REACH)


class Readers:
    """Answers GET and HEAD from the cache, and through it from the origin.

    Concurrency: runs on one event loop, together with the control that purges the same cache.
    """

    def __init__(self, cache: Cache, fills: Fills, hosts: Hosts, clock: Callable[[], float]) -> None:
        """`clock` in seconds, monotonic."""
        self._cache = cache
        self._fills = fills
        self._hosts = hosts
        self._clock = clock

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request. Limit: a query does not take part in the key."""
        hosts, host, conditional = 0, b"", False
        for name, value in scope["headers"]:
            if name == b"host":
                hosts, host = hosts + 1, value
            elif name in _CONDITIONAL:
                conditional = True
        method = scope["method"]
        if method not in _READING or hosts != 1 or not self._hosts.accept(host):
            await _send_own(send, _refusal(method, hosts))
            return
        if b"%" not in scope["raw_path"]:  # then the path as it stands is a key, if it is in the cache at all
            entry = self._cache.get(scope["path"])
            now = self._clock()
            if entry is not None and now < entry.fresh_until and entry.plain and not conditional:
                await send(entry.aged_start(now))
                await send(entry.body)
                return
        await self._find_and_send(scope, receive, send)

    async def _find_and_send(self, scope: Scope, receive: Receive, send: Send) -> None:
        raw: bytes = scope["raw_path"]
        if len(raw) > LIMIT_BYTES:
            await _send_own(send, _TOO_LONG)
            return
        try:
            key = cache_key(raw)
        except UsageError as error:
            await _send_own(send, own_answer(bad_request(error.message), (_CLOSE,)))
            return
        found = await self._find(key)
        if found is None:
            await _send_own(send, _OUT_OF_REACH)
            return
        entry, hit = (
            found  # from here to the opening message nothing is awaited, so no purge can come between
        )
        await self._send(scope, receive, send, entry.answer, self._cache_headers(entry, hit=hit))

    async def _find(self, key: str) -> tuple[Entry, bool] | None:
        """An entry fit to be sent at once and whether it was a hit; None when the origin is out of reach."""
        for _ in range(LOOKS):
            entry = self._cache.get(key)
            if entry is not None and self._clock() < entry.fresh_until:
                return entry, True
            purges = self._cache.purges
            outcome = await self._fills.fill(key, entry.answer if entry else None)
            if isinstance(outcome, Trouble):
                kept = self._cache.get(key)
                return (kept, True) if kept is not None and kept.put_off(self._clock()) else None
            if self._cache.purges == purges:
                digest = outcome.answer.digest
                return outcome, bool(entry is not None and digest and entry.answer.digest == digest)
        return None

    async def _send(
        self, scope: Scope, receive: Receive, send: Send, answer: Answer, cache_headers: tuple[Header, ...]
    ) -> None:
        """Send an answer as this request wants it: whole, in part, as a 304 or as a redirect."""
        headers = (*answer.headers, *cache_headers)
        status, span = answer.status, Span(first=0, last=answer.size_bytes - 1)
        if answer.etag:
            if_none_match = header_values(scope, b"if-none-match")
            if if_none_match and names_etag(if_none_match, answer.etag):
                await send(start_message(304, (*answer.headers_of_304, *cache_headers)))
                await send(body_message(b""))
                return
            wanted = _wanted(scope, answer)
            if wanted is not None:
                status, headers = _in_part(wanted, answer, headers)
                span = wanted if isinstance(wanted, Span) else Span(first=0, last=-1)
        elif answer.location:
            query = scope["query_string"]
            headers = (*headers, (b"location", answer.location + b"?" + query if query else answer.location))
        await send(start_message(status, headers))
        if answer.streamed and scope["method"] == "GET":
            await self._send_pieces(receive, send, answer, span)
        else:
            await send(body_message(answer.body[span.first : span.last + 1]))

    async def _send_pieces(self, receive: Receive, send: Send, answer: Answer, span: Span) -> None:
        """Pass on a large file; a piece that cannot be read ends the connection before its promised end."""
        gone = asyncio.create_task(_gone(receive))
        try:
            start = span.first
            while start <= span.last and not gone.done():
                size_bytes = min(PIECE_BYTES, span.last + 1 - start)
                if start == 0:
                    piece = answer.body[:size_bytes]
                else:
                    piece = await self._fills.piece(answer.digest, start, size_bytes)
                start += size_bytes
                await send(body_message(piece, more=start <= span.last))
            if span.last < span.first:
                await send(body_message(b""))
        finally:
            gone.cancel()

    def _cache_headers(self, entry: Entry, *, hit: bool) -> tuple[Header, ...]:
        if not hit:
            return ((b"x-cache", b"Miss"),)
        return ((b"x-cache", b"Hit"), (b"age", b"%d" % (self._clock() - entry.kept_at)))


def _refusal(method: str, hosts: int) -> Answer:
    if method not in _READING:
        return _NOT_ALLOWED
    return _HOST_ONCE if hosts != 1 else _WRONG_HOST


def _wanted(scope: Scope, answer: Answer) -> Span | Unsatisfiable | None:
    if scope["method"] != "GET":
        return None
    ranges = header_values(scope, b"range")
    if not ranges:
        return None
    if_range = header_values(scope, b"if-range")
    return wanted_span(ranges, if_range, etag=answer.etag, size_bytes=answer.size_bytes)


def _in_part(
    wanted: Span | Unsatisfiable, answer: Answer, headers: tuple[Header, ...]
) -> tuple[int, tuple[Header, ...]]:
    others = tuple(header for header in headers if header[0] != b"content-length")
    if isinstance(wanted, Unsatisfiable):
        return 416, (
            *others,
            (b"content-length", b"0"),
            (b"content-range", b"bytes */%d" % answer.size_bytes),
        )
    length = wanted.last + 1 - wanted.first
    place = b"bytes %d-%d/%d" % (wanted.first, wanted.last, answer.size_bytes)
    return 206, (*others, (b"content-length", b"%d" % length), (b"content-range", place))


async def _send_own(send: Send, answer: Answer) -> None:
    await send(start_message(answer.status, answer.headers))
    await send(body_message(answer.body))


async def _gone(receive: Receive) -> None:
    """Returns when the client has closed the connection."""
    while (await receive())["type"] != "http.disconnect":
        pass

"""`GET /api/v1/events`: what happens, as it happens, for anybody who keeps a connection open.

Facts as the journal has them; or, with `?pattern=`, events in EventBridge's shape that the pattern asks for.

Nobody is pushed to: clients wait, one look at the journal in a while serves them all, and each reads its own
batch in a view that is closed again before a byte is sent. Source: html.spec.whatwg.org, "Server-sent
events", read 2026-11.
"""

import asyncio
import time
from functools import partial
from typing import Final

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from laststop.console.desk import Desk, Threads
from laststop.console.events import (
    Batch,
    Event,
    Reading,
    StateChangeTold,
    read_events,
    read_kinds,
    reading_matches,
)
from laststop.console.reading import read_number
from laststop.errors import LaststopError, TransientError, UsageError
from laststop.pipeline.event_pattern import read_pattern

CLIENTS_MAX: Final = 32
LOOK_SECONDS: Final = 0.5
HEARTBEAT_SECONDS: Final = 15.0
SEND_SECONDS: Final = 30.0
"""A client that takes nothing for so long is let go."""
RETRY_MS: Final = 2000
LARGEST_SEQ: Final = 2**53

_HEADERS = (
    (b"content-type", b"text/event-stream"),
    (b"cache-control", b"no-store"),
    (b"x-accel-buffering", b"no"),  # asks nginx not to collect what is meant to be seen at once
)


class Events:
    """The open streams of one console.

    Concurrency: everything runs on the event loop that serves; `end` may be called from any thread.
    """

    def __init__(self, desk: Desk, threads: Threads) -> None:
        """Nobody listens yet, and nothing is looked at."""
        self._desk = desk
        self._threads = threads
        self._open = 0
        self.ended = False
        self._newest = 0
        self._looked_at = 0.0

    async def answer(self, request: Request) -> Response:
        """A stream from behind the place that the client has seen, or from now on.

        Raises: UsageError for a place, kind or pattern that is none, TransientError when too many listen.
        """
        reading = _reading(request)
        told = request.headers.get("last-event-id") or request.query_params.get("after")
        after = None if told is None else read_number(told, "after", largest=LARGEST_SEQ)
        if request.method == "HEAD":
            return Response(headers={"Cache-Control": "no-store"}, media_type="text/event-stream")
        if self._open >= CLIENTS_MAX:
            raise TransientError(
                f"{CLIENTS_MAX} clients listen already", hint="ask again later", retry_after_seconds=5
            )
        start = await self._threads.run(self._newest_place) if after is None else after
        self._open += 1  # given back by the stream, which nothing keeps from running now
        return _Stream(self, start, reading)

    def end(self) -> None:
        """Let every stream end at its next look."""
        self.ended = True

    def left(self) -> None:
        """A stream has ended."""
        self._open -= 1

    async def moved(self, seen: int) -> bool:
        """Whether the journal goes on behind a place; however many ask, it is looked at once in a while."""
        now = time.monotonic()
        if now - self._looked_at >= LOOK_SECONDS:
            self._looked_at = now
            self._newest = await self._threads.run(self._newest_place)
        return self._newest > seen

    async def read(self, after: int, reading: Reading) -> Batch:
        """The next events of those a stream tells."""
        return await self._threads.run(self._read, after, reading)

    def _newest_place(self) -> int:
        with self._desk.home.store.view() as view:
            return view.newest()

    def _read(self, after: int, reading: Reading) -> Batch:
        with self._desk.home.store.view() as view:
            return reading(view, after)


def _reading(request: Request) -> Reading:
    """What the client asks to be told: facts, of some kinds, or what a pattern asks for."""
    kinds, pattern = request.query_params.getlist("kind"), request.query_params.get("pattern")
    if pattern is None:
        return partial(read_events, kinds=read_kinds(kinds))
    if kinds:
        raise UsageError("kinds are those of facts, a pattern is one of events", place="pattern")
    return reading_matches(read_pattern(pattern))


class _Stream(Response):
    """One client's answer, for as long as it listens."""

    def __init__(self, events: Events, after: int, reading: Reading) -> None:
        super().__init__()
        self._events = events
        self._after = after
        self._reading = reading

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        del scope
        gone = asyncio.ensure_future(_gone(receive))
        try:
            await send({"type": "http.response.start", "status": 200, "headers": _HEADERS})
            await self._tell(send, gone)
            await _write(send, "", more=False)
        except TimeoutError:
            pass  # the client takes nothing: the server hangs up on an answer that has no end
        finally:
            gone.cancel()
            self._events.left()

    async def _tell(self, send: Send, gone: "asyncio.Future[None]") -> None:
        """Send until the client leaves, or nothing more can be told; it comes back and goes on there."""
        await _write(send, f"retry: {RETRY_MS}\n\n")
        try:
            await self._go_on(send, gone)
        except LaststopError as error:
            await _write(send, f": ends, {error.code}\n\n")
        except asyncio.CancelledError:
            pass  # the server ends, and nobody but it cancels a stream

    async def _go_on(self, send: Send, gone: "asyncio.Future[None]") -> None:
        """Send what there is, and wait for more."""
        heard_at = time.monotonic()
        more = True
        while not self._events.ended:
            if more or await self._events.moved(self._after):
                batch = await self._events.read(self._after, self._reading)
                more = batch.more
                self._after = batch.upto
                if text := _frames(batch):
                    await _write(send, text)
                    heard_at = time.monotonic()
            if gone.done():
                return
            if more:
                continue
            if time.monotonic() - heard_at >= HEARTBEAT_SECONDS:
                await _write(send, ": still here\n\n")
                heard_at = time.monotonic()
            await asyncio.wait({gone}, timeout=LOOK_SECONDS)


def _frames(batch: Batch) -> str:
    """Events as the protocol spells them; JSON holds no line break of its own."""
    frames = [f"id: {each.seq}\ndata: {_json(_shown(each))}\n\n" for each in batch.events]
    if batch.gap is not None:
        frames.insert(0, f"event: gap\ndata: {_json(batch.gap)}\n\n")
    return "".join(frames)


def _shown(each: Event | StateChangeTold) -> msgspec.Struct:
    return each.change if isinstance(each, StateChangeTold) else each


def _json(value: msgspec.Struct) -> str:
    return msgspec.json.encode(value).decode()


async def _write(send: Send, text: str, *, more: bool = True) -> None:
    message = {"type": "http.response.body", "body": text.encode(), "more_body": more}
    await asyncio.wait_for(send(message), SEND_SECONDS)


async def _gone(receive: Receive) -> None:
    """Until the client has left."""
    while (await receive())["type"] != "http.disconnect":
        pass

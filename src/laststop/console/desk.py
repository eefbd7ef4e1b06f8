"""What every handler of the console works with, and how it is called."""

import asyncio
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from laststop.console.guard import READS
from laststop.console.rendering import Pages
from laststop.pipeline.control import Control
from laststop.wiring.embedded import EmbeddedHome
from laststop.words.instants import Instant

THREADS = 8
"""At most so many requests are worked on at once; each thread keeps one connection to the store."""


class Desk(msgspec.Struct, frozen=True, kw_only=True):
    """A console's tools. `alive` is whether the loop that does the work still runs."""

    home: EmbeddedHome
    pipeline: str
    control: Control
    pages: Pages
    ring: Callable[[], None]
    page_url: Callable[[], str]
    alive: Callable[[], bool]
    clock: Callable[[], Instant]


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """A request once it is complete: names from its path, its query, its body."""

    names: dict[str, str]
    query: dict[str, str]
    body: bytes = b""


Handler = Callable[[Desk, Asked], Response]
"""Blocks; runs in a thread of the desk's own."""


class Threads:
    """Threads that stay, unlike those of the event loop: the store keeps a connection for each for ever."""

    def __init__(self, desk: Desk) -> None:
        """None is started before it is needed."""
        self._desk = desk
        self._pool = _pool()

    def endpoint(self, **handlers: Handler) -> Callable[[Request], Awaitable[Response]]:
        """Handlers by method, as starlette calls them."""

        async def answer(request: Request) -> Response:
            reads = request.method in READS
            asked = Asked(
                names=dict(request.path_params),
                query=dict(request.query_params),
                body=b"" if reads else await request.body(),
            )
            handler = handlers["GET" if reads else request.method]
            loop = asyncio.get_running_loop()
            return await loop.run_in_executor(self._pool, handler, self._desk, asked)

        return answer

    def close(self) -> None:
        """Wait for what is under way, and end the threads; a request after that starts new ones."""
        ended, self._pool = self._pool, _pool()
        ended.shutdown(wait=True, cancel_futures=True)


def _pool() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(max_workers=THREADS, thread_name_prefix="console")

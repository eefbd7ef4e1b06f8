"""What every handler of the console works with, and how it is called."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import ParamSpec, TypeVar

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from laststop.console.access import Caller, check_scope
from laststop.console.guard import READS
from laststop.console.rendering import Pages
from laststop.homes.embedded.control import StoredControl
from laststop.homes.embedded.pull_requests import PullRequestNews
from laststop.homes.embedded.tokens import Scope, Tokens
from laststop.wiring.embedded import EmbeddedHome
from laststop.words.instants import Instant

THREADS = 8
"""At most so many requests are worked on at once; each thread keeps one connection to the store."""


P = ParamSpec("P")
T = TypeVar("T")


class Webhook(msgspec.Struct, frozen=True, kw_only=True):
    """What GitHub signs with, and what its news lead to.

    `look` looks at a repository's branch now, or, for an empty one, at its tags; False when nothing here
    reads it. `pull_request` notes one; False when no trigger asks for it.
    """

    secret: str
    look: Callable[[str, str], bool]
    pull_request: Callable[[PullRequestNews], bool] = lambda _: False

    def __repr__(self) -> str:
        """Without the secret, which would otherwise stand in tracebacks."""
        return "Webhook()"


class Desk(msgspec.Struct, frozen=True, kw_only=True):
    """A console's tools. `alive` is whether the loop that does the work still runs.

    `webhook` is None where no secret is set.
    """

    home: EmbeddedHome
    pipeline: str
    control: StoredControl
    pages: Pages
    ring: Callable[[], None]
    page_url: Callable[[], str]
    alive: Callable[[], bool]
    clock: Callable[[], Instant]
    tokens: Tokens
    webhook: Webhook | None = None


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """A request once it is complete: who asks, names from its path, its query, its headers, its body.

    Names of headers are in lower case.
    """

    caller: Caller
    names: dict[str, str]
    query: dict[str, str]
    headers: dict[str, str] = {}
    body: bytes = b""


def in_the_name_of(desk: Desk, caller: Caller) -> Desk:
    """The same tools; orders to the pipeline are this caller's."""
    return msgspec.structs.replace(desk, control=desk.control.by(caller.name))


Handler = Callable[[Desk, Asked], Response]
"""Blocks; runs in a thread of the desk's own."""


class Threads:
    """Threads that stay, unlike those of the event loop: the store keeps a connection for each for ever."""

    def __init__(self, desk: Desk) -> None:
        """None is started before it is needed."""
        self._desk = desk
        self._pool = _pool()

    def endpoint(
        self, handlers: Mapping[str, Handler], needs: Mapping[str, Scope]
    ) -> Callable[[Request], Awaitable[Response]]:
        """Handlers by method, as starlette calls them, each behind the scope it needs."""

        async def answer(request: Request) -> Response:
            reads = request.method in READS
            method = "GET" if reads else request.method
            caller: Caller = request.state.caller
            check_scope(caller, needs[method])
            asked = Asked(
                caller=caller,
                names=dict(request.path_params),
                query=dict(request.query_params),
                headers=dict(request.headers),
                body=b"" if reads else await request.body(),
            )
            desk = self._desk if reads else in_the_name_of(self._desk, caller)
            return await self.run(handlers[method], desk, asked)

        return answer

    async def run(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Do what blocks in one of the threads."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._pool, partial(work, *args, **kwargs))

    def close(self) -> None:
        """Wait for what is under way, and end the threads; a request after that starts new ones."""
        ended, self._pool = self._pool, _pool()
        ended.shutdown(wait=True, cancel_futures=True)


def _pool() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(max_workers=THREADS, thread_name_prefix="console")

"""The console's application: routes, the door before them, and one place where errors become answers."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import cache, partial

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.responses import Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from laststop.console import openapi, pages
from laststop.console.access import Access, Caller, Callers, Pair
from laststop.console.answers import json_answer
from laststop.console.api_events import Events
from laststop.console.api_metrics import Metrics
from laststop.console.api_operations import EVENTS, METRICS, OPENAPI, OPERATIONS
from laststop.console.codepipeline import Endpoint
from laststop.console.desk import Asked, Desk, Handler, Threads, Webhook
from laststop.console.guard import READS, Guard
from laststop.console.refusals import error_answer, on_bug, on_error, on_http_error
from laststop.console.rendering import Pages
from laststop.errors import LaststopError
from laststop.homes.embedded.control import StoredControl
from laststop.homes.embedded.tokens import Scope, Tokens
from laststop.wiring.control import stored_control
from laststop.wiring.embedded import EmbeddedHome, clock
from laststop.words.instants import Instant

_RELEASES, _ROLLBACK = "/releases", "/rollback"
"""Ways back and lifts; in the API, too, they need more than the rest."""


def make_app(
    home: EmbeddedHome,
    *,
    pipeline: str,
    ring: Callable[[], None],
    access: Access,
    page_url: Callable[[], str],
    alive: Callable[[], bool] = lambda: True,
    clock: Callable[[], Instant] = clock,
    webhook: Webhook | None = None,
    control: StoredControl | None = None,
    functions: Pair | None = None,
) -> Starlette:
    """The console over a home. `control` performs its orders, the home's own unless another is given.

    `ring` tells the loop that the store has changed, `alive` is whether that loop runs, `page_url` where
    readers find the page (empty while no edge runs). `webhook` is what GitHub signs with and leads
    to; without it, none is taken. `functions` signs for the functions that the server calls.
    `app.state.events.end()` lets open streams end, for a server that ends.
    Concurrency: handlers run in threads of the application's own, which end with its lifespan.
    """
    templates = Pages(home.project.name)
    desk = Desk(
        home=home,
        pipeline=pipeline,
        control=control or stored_control(home, ring=ring, clock=clock),
        pages=templates,
        ring=ring,
        page_url=page_url,
        alive=alive,
        clock=clock,
        tokens=Tokens(home.store, clock),
        webhook=webhook,
    )
    threads = Threads(desk)
    events = Events(desk, threads)
    callers = Callers(access, desk.tokens, functions)

    async def identify(authorization: str) -> Caller:
        found = callers.at_once(authorization)
        return found if found is not None else await threads.run(callers.identify, authorization)

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        yield
        threads.close()

    answer = partial(error_answer, templates)
    app = Starlette(
        routes=[
            Route("/", Endpoint(desk, threads, callers).answer, methods=["POST"]),
            *_api_routes(threads, events),
            *_page_routes(threads),
        ],
        middleware=[Middleware(Guard, access=access, identify=identify, answer=answer)],
        exception_handlers={
            LaststopError: partial(on_error, answer),
            HTTPException: partial(on_http_error, answer),
            Exception: partial(on_bug, answer),
        },
        lifespan=lifespan,
    )
    app.state.events = events
    return app


def _api_routes(threads: Threads, events: Events) -> list[BaseRoute]:
    """One route per address of the table of operations."""
    described = cache(openapi.document)

    def document(_: Desk, __: Asked) -> Response:
        return json_answer(described())

    own: dict[str, Handler] = {OPENAPI: document, METRICS: Metrics().measured}
    routes: list[BaseRoute] = []
    for path in dict.fromkeys(operation.path for operation in OPERATIONS):
        here = [operation for operation in OPERATIONS if operation.path == path]
        handlers = {each.method: each.handler or own[path] for each in here if path != EVENTS}
        needs = {each.method: each.scope or Scope.READ for each in here}
        endpoint = threads.endpoint(handlers, needs) if handlers else events.answer
        routes.append(Route(path, endpoint, methods=list(needs)))
    return routes


def _page_routes(threads: Threads) -> list[BaseRoute]:
    """What people see, and its buttons: they need what the same orders need in the API."""
    routes: list[BaseRoute] = []
    for page in pages.routes():
        back = page.path.startswith(_RELEASES) or page.path.endswith(_ROLLBACK)
        writes = Scope.ADMIN if back else Scope.RELEASE
        needs = {method: Scope.READ if method in READS else writes for method in page.handlers}
        routes.append(Route(page.path, threads.endpoint(page.handlers, needs), methods=list(needs)))
    return [*routes, Mount("/static", StaticFiles(packages=[("laststop.console", "static")]))]

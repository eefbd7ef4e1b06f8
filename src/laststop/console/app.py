"""The console's application: routes, the door before them, and one place where errors become answers."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from laststop.console import api_catalog, api_health, api_runs, pages
from laststop.console.access import Access
from laststop.console.answers import add_error_headers, json_error
from laststop.console.desk import Desk, Handler, Threads
from laststop.console.guard import HEALTH, SECURITY_HEADERS, ErrorAnswer, Guard
from laststop.console.rendering import Pages
from laststop.errors import InvariantError, LaststopError, NotFoundError, UsageError
from laststop.homes.embedded.control import StoredControl
from laststop.wiring.embedded import EmbeddedHome, clock, draw_run_id
from laststop.words.instants import Instant

NOT_FOUND, WRONG_METHOD = 404, 405


class WrongMethodError(UsageError):
    """The address exists, and does not do that."""

    http_status = WRONG_METHOD
    code = "WrongMethod"


def make_app(
    home: EmbeddedHome,
    *,
    pipeline: str,
    ring: Callable[[], None],
    access: Access,
    page_url: Callable[[], str],
    alive: Callable[[], bool] = lambda: True,
    clock: Callable[[], Instant] = clock,
) -> Starlette:
    """The console over a home.

    `ring` tells the loop that the store has changed, `alive` is whether that loop runs, `page_url` where
    readers find the page (empty while no edge runs).
    Concurrency: handlers run in threads of the application's own, which end with its lifespan.
    """
    templates = Pages(home.project.name)
    desk = Desk(
        home=home,
        pipeline=pipeline,
        control=StoredControl(home.store, clock=clock, draw=draw_run_id, ring=ring),
        pages=templates,
        ring=ring,
        page_url=page_url,
        alive=alive,
        clock=clock,
    )
    threads = Threads(desk)

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        yield
        threads.close()

    answer = partial(_error_answer, templates)
    return Starlette(
        routes=_routes(threads),
        middleware=[Middleware(Guard, access=access, answer=answer)],
        exception_handlers={
            LaststopError: partial(_on_error, answer),
            HTTPException: partial(_on_http_error, answer),
            Exception: partial(_on_bug, answer),
        },
        lifespan=lifespan,
    )


def _routes(threads: Threads) -> list[BaseRoute]:
    def at(path: str, **handlers: Handler) -> Route:
        return Route(path, threads.endpoint(**handlers), methods=list(handlers))

    version, run = "{algorithm}/{version}", "{id}"
    return [
        at(HEALTH, GET=api_health.healthy),
        at("/api/v1/pulse", GET=api_health.pulse),
        at("/api/v1/catalog", GET=api_catalog.listed),
        at(f"/api/v1/catalog/{version}", PUT=api_catalog.put),
        at(f"/api/v1/catalog/{version}/trace", GET=api_catalog.traced),
        at("/api/v1/runs", GET=api_runs.listed, POST=api_runs.started),
        at(f"/api/v1/runs/{run}", GET=api_runs.shown),
        at(f"/api/v1/runs/{run}/retry", POST=api_runs.retried),
        at(f"/api/v1/runs/{run}/stop", POST=api_runs.stopped),
        at("/api/v1/releases", GET=api_catalog.releases),
        at("/", GET=pages.home),
        at("/runs", GET=pages.runs, POST=pages.started),
        at(f"/runs/{run}", GET=pages.run),
        at(f"/runs/{run}/retry", POST=pages.retried),
        at(f"/runs/{run}/stop", POST=pages.stopped),
        at("/versions", GET=pages.versions),
        at(f"/versions/{version}", GET=pages.version),
        Mount("/static", StaticFiles(packages=[("laststop.console", "static")])),
    ]


def _error_answer(templates: Pages, error: LaststopError, path: str) -> Response:
    """JSON for scripts, a page for people; the path tells which."""
    if path == HEALTH or path.startswith("/api/"):
        return json_error(error)
    answer = templates.page("error.html", status=error.http_status, error=error)
    add_error_headers(answer, error)
    return answer


def _on_error(answer: ErrorAnswer, request: Request, error: Exception) -> Response:
    if not isinstance(error, LaststopError):
        raise error
    return answer(error, request.url.path)


def _on_http_error(answer: ErrorAnswer, request: Request, error: Exception) -> Response:
    """What the router refuses, as our own errors."""
    if not isinstance(error, HTTPException):
        raise error
    path = request.url.path
    if error.status_code == WRONG_METHOD:
        refused = answer(WrongMethodError(f"does not do {request.method}", place=path), path)
        refused.headers.update(error.headers or {})
        return refused
    return answer(NotFoundError("there is nothing here", place=path, hint="start at /"), path)


def _on_bug(answer: ErrorAnswer, request: Request, error: Exception) -> Response:
    """The server logs the traceback; the client gets no more than that it was our fault."""
    bug = InvariantError(
        f"the console broke on this request ({type(error).__name__})",
        hint="this is a bug in laststop; the server's log has the rest",
    )
    refused = answer(bug, request.url.path)
    refused.headers.update(SECURITY_HEADERS)
    return refused

"""The console of a home that is not on this machine: it shows, and gives no orders.

Its addresses and the shapes of its JSON are those of the console on one machine; what that has beyond them
(buttons, live events, logs, messages, CodePipeline's protocol) is not here.
"""

from collections.abc import Callable
from functools import partial
from typing import Any, Final

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from laststop.console.access import LOCAL, OWNER, Access, Caller, TokenNeededError
from laststop.console.answers import json_answer
from laststop.console.api_health import Health
from laststop.console.elsewhere import Elsewhere
from laststop.console.guard import HEALTH, Guard
from laststop.console.refusals import error_answer, on_bug, on_error, on_http_error
from laststop.console.rendering import Pages, segment
from laststop.errors import LaststopError, UsageError
from laststop.homes.shared.listing import read_place
from laststop.words.instants import Instant

SHOWN: Final = 100
"""Of each list."""
_MOST: Final = 1000


def make_elsewhere_app(
    elsewhere: Elsewhere, *, project: str, access: Access, clock: Callable[[], Instant]
) -> Starlette:
    """The pages and the reading half of the REST API over a port.

    Concurrency: handlers run in threads of the server's.
    """
    templates = Pages(project)
    shown = _Shown(elsewhere, templates, clock)

    async def identify(authorization: str) -> Caller:
        if not access.needs_token:
            return LOCAL
        if access.admits(authorization):
            return OWNER
        raise TokenNeededError(
            "this console asks for a token",
            hint="send LASTSTOP_TOKEN as `Authorization: Bearer TOKEN`; a browser takes it as password",
        )

    answer = partial(error_answer, templates)
    return Starlette(
        routes=[
            *(Route(path, handler, methods=["GET"]) for path, handler in shown.routes()),
            Mount("/static", StaticFiles(packages=[("laststop.console", "static")])),
        ],
        middleware=[Middleware(Guard, access=access, identify=identify, answer=answer)],
        exception_handlers={
            LaststopError: partial(on_error, answer),
            HTTPException: partial(on_http_error, answer),
            Exception: partial(on_bug, answer),
        },
    )


class _Shown:
    """The handlers; each blocks, and runs in a thread."""

    def __init__(self, elsewhere: Elsewhere, templates: Pages, clock: Callable[[], Instant]) -> None:
        self._elsewhere = elsewhere
        self._templates = templates
        self._clock = clock

    def routes(self) -> tuple[tuple[str, Callable[[Request], Response]], ...]:
        """Every address."""
        return (
            ("/", self.home),
            ("/runs", self.runs),
            ("/runs/{id}", self.run),
            ("/versions", self.versions),
            ("/versions/{algorithm}", self.version),
            ("/versions/{algorithm}/{version}", self.version),
            ("/releases", self.releases),
            ("/trace", self.search),
            ("/api/v1/catalog", self.api_catalog),
            ("/api/v1/catalog/{algorithm}/{version}/trace", self.api_trace),
            ("/api/v1/runs", self.api_runs),
            ("/api/v1/releases", self.api_releases),
            (HEALTH, self.health),
        )

    def home(self, request: Request) -> Response:
        """`GET /`: what is live, and the newest runs."""
        del request
        return self._page("elsewhere_home.html", here="home", state=self._elsewhere.now())

    def runs(self, request: Request) -> Response:
        """`GET /runs`."""
        runs = self._elsewhere.runs(_count(request))
        return self._page("elsewhere_runs.html", here="runs", runs=runs)

    def run(self, request: Request) -> Response:
        """`GET /runs/{id}`."""
        told = self._elsewhere.run(request.path_params["id"])
        return self._page("elsewhere_run.html", here="runs", told=told)

    def versions(self, request: Request) -> Response:
        """`GET /versions?type=&after=`."""
        type_, lines, more = self._lines(request)
        return self._page(
            "elsewhere_versions.html", here="versions", lines=lines, chosen=type_, more=more, shown=SHOWN
        )

    def version(self, request: Request) -> Response:
        """`GET /versions/{algorithm}/{version}`: where that change is."""
        names = request.path_params
        found = self._elsewhere.trace(names["algorithm"], names.get("version"))
        return self._page("elsewhere_trace.html", here="versions", found=found)

    def releases(self, request: Request) -> Response:
        """`GET /releases`."""
        del request
        found = self._elsewhere.releases()
        return self._page("elsewhere_releases.html", here="releases", releases=found)

    def search(self, request: Request) -> Response:
        """`GET /trace?q=NAME [VERSION]`: leads to the version.

        Raises: UsageError when nothing is named.
        """
        algorithm, _, version = request.query_params.get("q", "").strip().partition(" ")
        if not algorithm:
            raise UsageError("name an algorithm", place="q", hint="and a version, if you like")
        behind = f"/{segment(version.strip())}" if version.strip() else ""
        return RedirectResponse(f"/versions/{segment(algorithm)}{behind}", status_code=303)

    def api_catalog(self, request: Request) -> Response:
        """`GET /api/v1/catalog?type=&limit=&after=`."""
        _, lines, more = self._lines(request)
        headers = {"X-More": more} if more else {}
        return json_answer(lines, headers=headers)

    def api_trace(self, request: Request) -> Response:
        """`GET /api/v1/catalog/{algorithm}/{version}/trace`."""
        names = request.path_params
        return json_answer(self._elsewhere.trace(names["algorithm"], names["version"]))

    def api_runs(self, request: Request) -> Response:
        """`GET /api/v1/runs?limit=`."""
        return json_answer(self._elsewhere.runs(_count(request)))

    def api_releases(self, request: Request) -> Response:
        """`GET /api/v1/releases`."""
        del request
        return json_answer([row.line for row in self._elsewhere.releases()])

    def health(self, request: Request) -> Response:
        """`GET /healthz`: this console runs; AWS is not asked."""
        del request
        return json_answer(Health())

    def _lines(self, request: Request) -> tuple[str | None, tuple[Any, ...], str]:
        """The type chosen, a page of lines, and where the next begins (empty: there is none)."""
        query, limit = request.query_params, _count(request)
        after = read_place(query["after"], "after") if query.get("after") else None
        type_ = query.get("type") or None
        found = self._elsewhere.versions(type_=type_, after=after, limit=limit + 1)
        lines = found[:limit]
        more = f"{lines[-1].algorithm}/{lines[-1].version}" if len(found) > limit else ""
        return type_, lines, more

    def _page(self, template: str, *, here: str, **values: Any) -> Response:
        return self._templates.page(template, here=here, elsewhere=True, now=self._clock(), **values)


def _count(request: Request) -> int:
    """How many are asked for.

    Raises: UsageError for what is no number between 1 and 1000.
    """
    text = request.query_params.get("limit", str(SHOWN))
    if not (text.isascii() and text.isdigit() and 1 <= int(text[:5]) <= _MOST):
        raise UsageError(f"limit is a number from 1 to {_MOST}", place="limit")
    return int(text)

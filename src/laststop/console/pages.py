"""The console's pages: their addresses, and the first of them."""

import msgspec
from starlette.responses import Response

from laststop.console import (
    pages_asks,
    pages_inbox,
    pages_log,
    pages_releases,
    pages_runs,
    pages_trace,
    pages_versions,
)
from laststop.console.desk import Asked, Desk, Handler
from laststop.console.flow import flow_of
from laststop.console.pages_frame import framed
from laststop.console.standing import standing_of
from laststop.homes.embedded.gate import StoredGate
from laststop.homes.embedded.runs import newest_runs
from laststop.pipeline.state import State
from laststop.words.bill import Bill

RECENT_RUNS = 10


class PageRoute(msgspec.Struct, frozen=True, kw_only=True):
    """An address and what answers there, by method."""

    path: str
    handlers: dict[str, Handler]


def routes() -> tuple[PageRoute, ...]:
    """Every page and every button."""

    def at(path: str, **handlers: Handler) -> PageRoute:
        return PageRoute(path=path, handlers=handlers)

    return (
        at("/", GET=home),
        at("/runs", GET=pages_runs.runs, POST=pages_runs.started),
        at("/runs/{id}", GET=pages_runs.run),
        at("/runs/{id}/retry", POST=pages_runs.retried),
        at("/runs/{id}/stop", POST=pages_runs.stopped),
        at("/runs/{id}/approval", POST=pages_asks.answered),
        at("/runs/{id}/override", POST=pages_asks.overridden),
        at("/runs/{id}/rollback", POST=pages_asks.led_back),
        at("/runs/{id}/log/{stage}/{action}/{attempt}", GET=pages_log.log),
        at("/versions", GET=pages_versions.versions),
        at("/versions/{algorithm}", GET=pages_versions.algorithm),
        at("/versions/{algorithm}/{version}", GET=pages_versions.version),
        at("/trace", GET=pages_trace.traced),
        at("/releases", GET=pages_releases.releases),
        at("/releases/lift", POST=pages_releases.was_lifted),
        at("/releases/{id}", GET=pages_releases.release),
        at("/releases/{id}/rollback", POST=pages_releases.rolled_back),
        at("/inbox", GET=pages_inbox.inbox),
    )


def home(desk: Desk, asked: Asked) -> Response:
    """`GET /`: what is live in one sentence, the flow, the last runs."""
    del asked
    with desk.home.store.view() as view:
        state = view.state(desk.pipeline)
        standing = standing_of(view)
        return framed(
            desk,
            view,
            "home.html",
            here="home",
            status=standing.status if standing else "",
            standing=standing,
            flow=flow_of(view, state, standing, _heads(desk, state)),
            runs=newest_runs(view, RECENT_RUNS),
        )


def _heads(desk: Desk, state: State) -> Bill:
    """The newest known revision of every source."""
    if state.declaration is None:
        return Bill()
    sources = [
        (action.name, action.action_type_id.text, action.configuration)
        for action in state.declaration.sources()
    ]
    return StoredGate(desk.home.store).heads(sources)

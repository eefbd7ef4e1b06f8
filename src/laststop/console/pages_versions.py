"""The pages of the catalog: by type, one algorithm with its history, one version."""

import itertools
from typing import Any

import msgspec
from starlette.responses import Response

from laststop.catalog.order import order_key
from laststop.console.api_catalog import trace_of
from laststop.console.desk import Asked, Desk
from laststop.console.pages_frame import framed
from laststop.console.reading import read_count
from laststop.console.standing import shown_now
from laststop.errors import NotFoundError
from laststop.homes.embedded.listing import version_lines
from laststop.homes.embedded.store.journal import View
from laststop.homes.embedded.store.statements import load
from laststop.homes.shared.listing import VersionLine
from laststop.words.instants import Instant, parse_instant

_SQL = load("console.sql")
ALGORITHMS_PER_PAGE = 40
VERSIONS_EACH = 5
HISTORY_LINES = 100
LAST_PAGE = 100_000


class AlgorithmBox(msgspec.Struct, frozen=True, kw_only=True):
    """An algorithm with its highest versions; `more` are not shown."""

    name: str
    type: str
    lines: tuple[VersionLine, ...]
    more: int


class PastChange(msgspec.Struct, frozen=True, kw_only=True):
    """A change into a release phase, and what became of it."""

    version: str
    verdict: str
    reason: str
    run: str | None
    recorded_at: Instant
    settled_at: Instant | None


def versions(desk: Desk, asked: Asked) -> Response:
    """`GET /versions?type=&page=`: the algorithms of a page with their highest versions, by type."""
    number = read_count(asked, "page", default=1, largest=LAST_PAGE)
    type_ = asked.query.get("type") or None
    with desk.home.store.view() as view:
        count = view.connection.execute(_SQL["algorithm_count"], (type_,)).fetchone()[0]
        page = (type_, ALGORITHMS_PER_PAGE, (number - 1) * ALGORITHMS_PER_PAGE)
        named = view.connection.execute(_SQL["algorithms"], page).fetchall()
        boxes = [_box(desk, view, name, kind, versions) for kind, name, versions in named]
        return framed(
            desk,
            view,
            "versions.html",
            here="versions",
            types=desk.home.project.types,
            chosen=type_,
            number=number,
            last=max(1, -(-count // ALGORITHMS_PER_PAGE)),
            count=count,
            shown=_shown(view),
            groups=[(kind, list(group)) for kind, group in itertools.groupby(boxes, lambda box: box.type)],
        )


def algorithm(desk: Desk, asked: Asked) -> Response:
    """`GET /versions/{algorithm}`: all its versions, and what became of every change."""
    name = asked.names["algorithm"]
    with desk.home.store.view() as view:
        lines = _lines(desk, view, name)
        if not lines:
            raise NotFoundError(f'the catalog has no algorithm "{name}"', hint="see: /versions")
        shown = _shown(view)
        return framed(
            desk,
            view,
            "algorithm.html",
            here="versions",
            name=name,
            lines=lines,
            shown=shown,
            history=_history(view, name, lines),
        )


def version(desk: Desk, asked: Asked) -> Response:
    """`GET /versions/{algorithm}/{version}`: one version, and every step of its newest change."""
    name, version_ = asked.names["algorithm"], asked.names["version"]
    with desk.home.store.view() as view:
        lines = _lines(desk, view, name)
        line = next((each for each in lines if each.version == version_), None)
        if line is None:
            raise NotFoundError(f"the catalog has no version {version_} of {name}", hint="see: /versions")
        return framed(
            desk,
            view,
            "version.html",
            here="versions",
            status=line.verdict or "none",
            line=line,
            trace=trace_of(desk, name, version_),
            others=[each for each in lines if each.version != version_][:VERSIONS_EACH],
            history=[each for each in _history(view, name, lines) if each.version == version_],
            shown=_shown(view),
        )


def _box(desk: Desk, view: View, name: str, kind: str, count: int) -> AlgorithmBox:
    lines = [line for line in _lines(desk, view, name) if line.type == kind][:VERSIONS_EACH]
    return AlgorithmBox(name=name, type=kind, lines=tuple(lines), more=count - len(lines))


def _lines(desk: Desk, view: View, name: str) -> list[VersionLine]:
    """An algorithm's versions, the highest first."""
    lines = version_lines(view, desk.home.policy, desk.home.locations, algorithm=name)
    return sorted(lines, key=lambda line: order_key(line.version), reverse=True)


def _shown(view: View) -> set[tuple[str, str]]:
    return {(each.algorithm, each.version) for each in shown_now(view)}


def _history(view: View, name: str, lines: list[VersionLine]) -> tuple[PastChange, ...]:
    """What became of each change; what is still open is told as things stand now."""
    now = {line.version: line for line in lines}
    found = []
    for row in view.connection.execute(_SQL["history"], (name, HISTORY_LINES)):
        past = _past(row)
        line = now.pop(past.version, None)  # the newest change of a version stands first
        if past.settled_at is None and line is not None and line.verdict is not None:
            past = msgspec.structs.replace(past, verdict=line.verdict, reason=line.reason, run=line.run)
        found.append(past)
    return tuple(found)


def _past(row: tuple[Any, ...]) -> PastChange:
    version_, verdict, reason, run, recorded, _, settled = row
    return PastChange(
        version=version_,
        verdict=verdict,
        reason=reason,
        run=run,
        recorded_at=parse_instant(recorded),
        settled_at=parse_instant(settled) if settled else None,
    )

"""Releases over HTTP: what is and was live, the way back, and letting changes flow again."""

from typing import Annotated

import msgspec
from starlette.responses import Response

from laststop.console.answers import json_answer
from laststop.console.desk import Asked, Desk
from laststop.console.reading import read_body, read_count
from laststop.functions.way_back import compare, find_release, lift, roll_back, show_at_once
from laststop.homes.embedded.listing import release_rows
from laststop.homes.shared.patience import OwnPatience

LISTED, LISTED_MOST = 50, 500
SEEN_WITHIN_SECONDS = 10.0
"""So long an answer may wait for the edge; afterwards the server goes on looking."""
LONGEST_REASON = 500

Reason = Annotated[str, msgspec.Meta(min_length=1, max_length=LONGEST_REASON, pattern=r"\S")]


class RollBack(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Why the site goes back; told to everybody, and shown wherever a change waits."""

    reason: Reason


class RolledBack(msgspec.Struct, frozen=True, kw_only=True):
    """What is live now. `seen` is whether every edge shows it; if not, `waiting_because` says why."""

    release: str
    run: str
    held: bool
    seen: bool
    waiting_because: str


class Lifted(msgspec.Struct, frozen=True, kw_only=True):
    """Whether there was a hold to lift."""

    lifted: bool


def listed(desk: Desk, asked: Asked) -> Response:
    """`GET /api/v1/releases?limit=`: what is and was live, the newest first."""
    limit = read_count(asked, "limit", default=LISTED, largest=LISTED_MOST)
    with desk.home.store.view() as view:
        return json_answer([row.line for row in release_rows(view, limit)])


def rolled_back(desk: Desk, asked: Asked) -> Response:
    """`POST /api/v1/releases/{id}/rollback`: 200 once every edge shows it, 202 while one does not."""
    home = desk.home
    reason = read_body(asked, RollBack).reason.strip()
    target = find_release(home.releases, asked.names["id"])
    pointer = roll_back(home.releases, target.id, reason=reason, by=asked.caller.name, clock=desk.clock)
    desk.ring()
    seen, why = show_at_once(
        pointer,
        proof=home.proof(),
        edge=home.edges,
        ledger=home.ledger,
        waiting=OwnPatience(),
        within_seconds=SEEN_WITHIN_SECONDS if home.edges.urls() else 0.0,
    )
    desk.ring()
    answer = RolledBack(release=target.id, run=target.run, held=True, seen=seen, waiting_because=why)
    return json_answer(answer, status=200 if seen else 202)


def lifted(desk: Desk, asked: Asked) -> Response:
    """`POST /api/v1/releases/lift`: changes flow again; harmless when nothing is held."""
    del asked
    was_held = lift(desk.home.releases)
    if was_held:
        desk.ring()
    return json_answer(Lifted(lifted=was_held))


def compared(desk: Desk, asked: Asked) -> Response:
    """`GET /api/v1/releases/{old}/diff/{new}`: what readers see differently in the second."""
    releases = desk.home.releases
    old = find_release(releases, asked.names["old"])
    new = find_release(releases, asked.names["new"])
    return json_answer(compare(releases, old.id, new.id))

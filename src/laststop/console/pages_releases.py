"""The pages of releases: what is and was live, what differs, and the ways back and out of a hold."""

from contextlib import suppress

from starlette.responses import Response

from laststop.console.desk import Asked, Desk
from laststop.console.pages_frame import back_to, framed, read_form
from laststop.console.since import since
from laststop.console.standing import standing_of
from laststop.errors import TransientError, UsageError
from laststop.functions.way_back import compare, find_release, lift, roll_back, show_at_once
from laststop.homes.embedded.listing import release_rows
from laststop.homes.embedded.pointer import release_of
from laststop.homes.embedded.runs import kept_run
from laststop.homes.embedded.store.journal import View
from laststop.homes.embedded.store.statements import load
from laststop.homes.shared.patience import OwnPatience
from laststop.site.live import Live
from laststop.words.ids import ReleaseId

_SQL = load("console.sql")
RELEASES_MOST = 100
LONGEST_REASON = 500
BY = "somebody at the console"
PATIENCE_SECONDS = 2.0
"""How long a rollback's page waits to see it at the edge; the server looks again after that."""


def releases(desk: Desk, asked: Asked) -> Response:
    """`GET /releases`: the kept releases, the newest first."""
    del asked
    with desk.home.store.view() as view:
        standing = standing_of(view)
        rows = release_rows(view, RELEASES_MOST)
        runs = {row.run: kept_run(view, row.run) for row in rows}
        return framed(
            desk,
            view,
            "releases.html",
            here="releases",
            status=standing.status if standing else "",
            standing=standing,
            releases=rows,
            causes={each: row.cause if row else "" for each, row in runs.items()},
        )


def release(desk: Desk, asked: Asked) -> Response:
    """`GET /releases/{id}?against=`: one release, and what readers see differently in it.

    It is compared with the release asked for, or with the one that was live before it.
    """
    found = find_release(desk.home.releases, asked.names["id"])
    text = asked.query.get("against")
    with desk.home.store.view() as view:
        rows = release_rows(view, RELEASES_MOST)
        row = next((each for each in rows if each.id == found.id), None)
        other = find_release(desk.home.releases, text).id if text else _before(view, found.id)
        against = release_of(view, other) if other else None
        return framed(
            desk,
            view,
            "release.html",
            here="releases",
            release=found,
            row=row,
            others=[each for each in rows if each.id != found.id],
            against=against,
            since=since(view, against.bill, found.bill) if against else None,
            difference=compare(desk.home.releases, against.id, found.id) if against else None,
            standing=standing_of(view),
        )


def rolled_back(desk: Desk, asked: Asked) -> Response:
    """`POST /releases/{id}/rollback`, field `reason`: the site goes back, and is held there."""
    reason = read_form(asked).get("reason", "").strip()
    if not reason:
        raise UsageError("is empty", place="reason", hint="say in a few words why the site goes back")
    if len(reason) > LONGEST_REASON:
        raise UsageError(f"has more than {LONGEST_REASON} characters", place="reason")
    target = find_release(desk.home.releases, asked.names["id"])
    live = roll_back(desk.home.releases, target.id, reason=reason, by=BY, clock=desk.clock)
    desk.ring()
    _show(desk, live)
    return back_to("/releases")


def was_lifted(desk: Desk, asked: Asked) -> Response:
    """`POST /releases/lift`: changes flow again, and the newest state ships once."""
    del asked
    if lift(desk.home.releases):
        desk.ring()
    return back_to("/")


def _before(view: View, release_id: ReleaseId) -> ReleaseId | None:
    row = view.connection.execute(_SQL["previous_kept"], (release_id,)).fetchone()
    return ReleaseId(row[0]) if row else None


def _show(desk: Desk, live: Live) -> None:
    """Purge and prove. The switch stands whatever comes of it: the page says what was seen."""
    home = desk.home
    with suppress(TransientError):  # an edge does not answer: the server purges and looks again
        show_at_once(
            live,
            proof=home.proof(),
            edge=home.edges,
            ledger=home.ledger,
            waiting=OwnPatience(),
            within_seconds=PATIENCE_SECONDS,
        )
    desk.ring()

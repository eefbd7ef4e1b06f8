"""Where is my change: a name, or a name and a version, leads to its page."""

from starlette.responses import Response

from laststop.console.desk import Asked, Desk
from laststop.console.pages_frame import back_to, framed
from laststop.console.rendering import segment
from laststop.errors import UsageError
from laststop.homes.embedded.store.journal import View
from laststop.homes.embedded.store.statements import load

_SQL = load("console.sql")
_CATALOG = load("catalog.sql")
FOUND_MOST = 50
LONGEST = 500


def traced(desk: Desk, asked: Asked) -> Response:
    """`GET /trace?q=NAME [VERSION]`: leads to the version, or lists what is called so."""
    wanted = asked.query.get("q", "").strip()
    if len(wanted) > LONGEST:
        raise UsageError(f"no name has more than {LONGEST} characters", place="q")
    with desk.home.store.view() as view:
        if wanted and (path := _path(view, wanted)):
            return back_to(path)
        name = wanted.split(" ")[0]
        rows = view.connection.execute(_SQL["named_like"], (name, FOUND_MOST)).fetchall() if name else []
        return framed(
            desk, view, "trace.html", here="versions", wanted=wanted, found=[row[0] for row in rows]
        )


def _path(view: View, wanted: str) -> str:
    """The page of the version that is meant; of an algorithm, the version that changed last. Empty for none.

    A name may hold spaces, so the whole is tried before its last word counts as a version.
    """
    newest = view.connection.execute(_CATALOG["newest_version"], (wanted,)).fetchone()
    if newest is not None:
        return f"/versions/{segment(wanted)}/{segment(newest[0])}"
    name, _, version = wanted.rpartition(" ")
    name = name.strip()
    if view.connection.execute(_SQL["exists_version"], (name, version)).fetchone() is not None:
        return f"/versions/{segment(name)}/{segment(version)}"
    return ""

"""The inbox: every message as its readers see it, also where nobody but the console tells them."""

from starlette.responses import Response

from laststop.console.desk import Asked, Desk
from laststop.console.pages_frame import framed
from laststop.console.reading import read_count
from laststop.console.told import messages

MESSAGES_PER_PAGE = 20
_BEHIND_ALL = 2**62


def inbox(desk: Desk, asked: Asked) -> Response:
    """`GET /inbox?before=`: the messages of the newest runs first."""
    before = read_count(asked, "before", default=_BEHIND_ALL, largest=_BEHIND_ALL)
    with desk.home.store.view() as view:
        found = messages(view, MESSAGES_PER_PAGE + 1, before)
        return framed(
            desk,
            view,
            "inbox.html",
            here="inbox",
            messages=found[:MESSAGES_PER_PAGE],
            more=len(found) > MESSAGES_PER_PAGE,
            channel=desk.home.project.notices.slack_channel,
        )

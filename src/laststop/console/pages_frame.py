"""What every page has in common: its place in the journal, the hold, the tone of its icon."""

from typing import Any
from urllib.parse import parse_qsl

from starlette.responses import HTMLResponse, RedirectResponse

from laststop.console.desk import Asked, Desk
from laststop.console.status import mark_of
from laststop.errors import UsageError
from laststop.homes.embedded.pointer import live_of
from laststop.homes.embedded.store.journal import View

FIELDS_MOST = 20


def framed(
    desk: Desk, view: View, template: str, *, here: str, status: str = "", **values: Any
) -> HTMLResponse:
    """A page with what all of them show; `here` is its entry of the navigation, `status` its icon's."""
    live = live_of(view)
    return desk.pages.page(
        template,
        here=here,
        tone=mark_of(status).tone if status else "calm",
        seq=view.newest(),
        now=desk.clock(),
        alive=desk.alive(),
        page_url=desk.page_url(),
        hold=live.hold if live else None,
        **values,
    )


def read_form(asked: Asked) -> dict[str, str]:
    """The fields of a form, as a browser sends them; of a name given twice, the last.

    Raises: UsageError for a body that is no form.
    """
    try:
        pairs = parse_qsl(
            asked.body.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=FIELDS_MOST
        )
    except (UnicodeDecodeError, ValueError) as error:
        raise UsageError("is no form", place="body", hint="open the page and use its button") from error
    return dict(pairs)


def back_to(path: str) -> RedirectResponse:
    """After a button: the page that shows what became of it."""
    return RedirectResponse(path, status_code=303)

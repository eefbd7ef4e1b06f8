"""Two small questions that are asked often: are you well, and is there anything new."""

import msgspec
from starlette.responses import Response

from laststop.console.answers import json_answer
from laststop.console.desk import Asked, Desk
from laststop.errors import TransientError


class Health(msgspec.Struct, frozen=True, kw_only=True):
    """All is well."""

    status: str = "ok"


class Pulse(msgspec.Struct, frozen=True, kw_only=True):
    """The newest place of the journal; while it stands, an open page is up to date."""

    seq: int


def healthy(desk: Desk, asked: Asked) -> Response:
    """`GET /healthz`: whether the loop runs and the store answers; asks for no token.

    Raises: TransientError when one of them does not.
    """
    del asked
    _newest(desk)
    if not desk.alive():
        raise TransientError("nothing works on the pipeline any more", hint="start it again: laststop up")
    return json_answer(Health())


def pulse(desk: Desk, asked: Asked) -> Response:
    """`GET /api/v1/pulse`: whether a page that is open should look again."""
    del asked
    return json_answer(Pulse(seq=_newest(desk)))


def _newest(desk: Desk) -> int:
    with desk.home.store.view() as view:
        return view.newest()

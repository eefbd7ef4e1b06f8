"""Tokens over HTTP, for who holds one of scope admin."""

from typing import Annotated

import msgspec
from starlette.responses import Response

from laststop.console.answers import json_answer
from laststop.console.desk import Asked, Desk
from laststop.console.reading import read_body
from laststop.homes.embedded.token_listing import token_line, token_made
from laststop.homes.embedded.tokens import LONGEST_LIFE_DAYS, LONGEST_NAME, Scope


class MakeToken(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a token shall be called, allow, and live for; without `expires_days` it lives until revoked."""

    name: Annotated[str, msgspec.Meta(min_length=1, max_length=LONGEST_NAME)]
    scope: Scope = Scope.READ
    expires_days: Annotated[int, msgspec.Meta(ge=1, le=LONGEST_LIFE_DAYS)] | None = None


def listed(desk: Desk, asked: Asked) -> Response:
    """`GET /api/v1/tokens`: every token, the newest first."""
    del asked
    now = desk.clock()
    return json_answer([token_line(each, now) for each in desk.tokens.all()])


def made(desk: Desk, asked: Asked) -> Response:
    """`POST /api/v1/tokens`: a new one."""
    body = read_body(asked, MakeToken)
    new = desk.tokens.new(body.name, body.scope, expires_days=body.expires_days)
    return json_answer(token_made(new, desk.clock()), status=201)


def revoked(desk: Desk, asked: Asked) -> Response:
    """`DELETE /api/v1/tokens/{id}`: it opens nothing from now on."""
    return json_answer(token_line(desk.tokens.revoke(asked.names["id"]), desk.clock()))

"""Tokens as people and scripts see them."""

import msgspec

from laststop.homes.embedded.tokens import NewToken, Scope, Token
from laststop.words.instants import Instant, instant_text


class TokenLine(msgspec.Struct, frozen=True, kw_only=True):
    """A token without its secret. `usable` is whether it still opens anything."""

    id: str
    name: str
    scope: Scope
    usable: bool
    created_at: str
    expires_at: str | None
    last_used_at: str | None
    revoked_at: str | None


class TokenMade(TokenLine, frozen=True, kw_only=True):
    """A new token; `token` is told this once and kept nowhere."""

    token: str


def token_made(new: NewToken, now: Instant) -> TokenMade:
    """A new token as its maker sees it, this once."""
    return TokenMade(**msgspec.structs.asdict(token_line(new.token, now)), token=new.text)


def token_line(token: Token, now: Instant) -> TokenLine:
    """A token as scripts see it."""
    return TokenLine(
        id=token.id,
        name=token.name,
        scope=token.scope,
        usable=token.usable(now),
        created_at=instant_text(token.created_at),
        expires_at=_text(token.expires_at),
        last_used_at=_text(token.last_used_at),
        revoked_at=_text(token.revoked_at),
    )


def _text(at: Instant | None) -> str | None:
    return instant_text(at) if at else None

"""Tokens: who may call this server, and how much.

A token is `lst_<id>_<secret>`. It is told once; kept are its id and the digest of its secret. Tokens are
configuration of this server and no facts: the journal knows nothing of them.
"""

import contextlib
import hmac
import re
import secrets
from collections.abc import Callable
from datetime import timedelta
from enum import StrEnum
from typing import Any, Final

import msgspec

from laststop.errors import NotFoundError, TransientError, UsageError
from laststop.homes.embedded.store.journal import Store, View
from laststop.homes.embedded.store.statements import load
from laststop.words.digests import digest_of
from laststop.words.instants import Instant, instant_text, parse_instant

_SQL = load("tokens.sql")
_FORM = re.compile(r"lst_([0-9a-f]{8})_([0-9a-f]{64})", re.ASCII)
_ID_BYTES: Final = 4
_SECRET_BYTES: Final = 32
LONGEST_NAME: Final = 80
LONGEST_LIFE_DAYS: Final = 3650
USED_AGAIN_AFTER: Final = timedelta(minutes=1)
"""A use is noted at most so often: a busy script is not to write with every request."""
_ABSENT: Final = "0" * 64


class Scope(StrEnum):
    """How much a token allows; each allows what those before it do."""

    READ = "read"
    """See everything."""
    RELEASE = "release"
    """Write the catalog; start, retry and stop runs."""
    ADMIN = "admin"
    """Make and revoke tokens; roll back and lift."""

    def allows(self, needed: "Scope") -> bool:
        """Whether this much is enough."""
        order = list(Scope)
        return order.index(self) >= order.index(needed)


class Token(msgspec.Struct, frozen=True, kw_only=True):
    """A token without its secret."""

    id: str
    name: str
    scope: Scope
    created_at: Instant
    expires_at: Instant | None = None
    last_used_at: Instant | None = None
    revoked_at: Instant | None = None

    def usable(self, now: Instant) -> bool:
        """Whether it opens anything."""
        return self.revoked_at is None and (self.expires_at is None or now < self.expires_at)


class NewToken(msgspec.Struct, frozen=True, kw_only=True):
    """A token with the text that is told this once."""

    token: Token
    text: str

    def __repr__(self) -> str:
        """Without the text, which would otherwise stand in tracebacks."""
        return f"NewToken(token={self.token!r})"


class Tokens:
    """The tokens of one project's store.

    Concurrency: any thread, any process; a revocation counts from the next request on.
    """

    def __init__(self, store: Store, clock: Callable[[], Instant]) -> None:
        """Nothing is read before it is asked for."""
        self._store = store
        self._clock = clock

    def new(self, name: str, scope: Scope, *, expires_days: int | None = None) -> NewToken:
        """Make a token; the answer holds its text, which nothing can give a second time.

        Raises: UsageError for a name that no list can show, or a life that is no number of days.
        """
        _check_name(name)
        if expires_days is not None and not 1 <= expires_days <= LONGEST_LIFE_DAYS:
            raise UsageError(f"a token lives from 1 to {LONGEST_LIFE_DAYS} days", place="expires_days")
        now = self._clock()
        token = Token(
            id=secrets.token_hex(_ID_BYTES),
            name=name,
            scope=scope,
            created_at=now,
            expires_at=now + timedelta(days=expires_days) if expires_days is not None else None,
        )
        secret = secrets.token_hex(_SECRET_BYTES)
        expires = instant_text(token.expires_at) if token.expires_at else None
        row = (token.id, digest_of(secret.encode()), name, scope.value, instant_text(now), expires)
        with self._store.transaction() as transaction:
            transaction.connection.execute(_SQL["add"], row)
        return NewToken(token=token, text=f"lst_{token.id}_{secret}")

    def all(self) -> tuple[Token, ...]:
        """Every token there ever was, the newest first."""
        with self._store.view() as view:
            return tuple(_token(row) for row in view.connection.execute(_SQL["all"]))

    def in_use(self) -> bool:
        """Whether this server ever had a token, be it revoked since."""
        with self._store.view() as view:
            return view.connection.execute(_SQL["any"]).fetchone() is not None

    def revoke(self, identity: str) -> Token:
        """Let a token open nothing any more; a second time is harmless.

        Raises: NotFoundError when no token has the id.
        """
        identity = identity.removeprefix("lst_").partition("_")[0]  # whoever pastes all of it means its id
        with self._store.transaction() as transaction:
            transaction.connection.execute(_SQL["revoke"], (instant_text(self._clock()), identity))
            found = _one(transaction, identity)
        if found is None:
            raise NotFoundError(f"no token has the id {identity[:20]}", hint="see: laststop token list")
        return found[0]

    def admit(self, text: str) -> Token | None:
        """The usable token that a text is; None for anything else. Notes the use.

        Limit: the digest is compared in constant time; whether an id exists can be timed, and is no secret.
        """
        form = _FORM.fullmatch(text)
        if form is None:
            return None
        with self._store.view() as view:
            found = _one(view, form[1])
        kept = found[1] if found else _ABSENT
        now = self._clock()
        right = hmac.compare_digest(digest_of(form[2].encode()), kept)
        if found is None or not right or not found[0].usable(now):
            return None
        self._note_use(found[0], now)
        return found[0]

    def _note_use(self, token: Token, now: Instant) -> None:
        if token.last_used_at is not None and now - token.last_used_at < USED_AGAIN_AFTER:
            return
        # A full disk keeps nobody from reading: the next use is noted.
        with contextlib.suppress(TransientError), self._store.transaction() as transaction:
            transaction.connection.execute(_SQL["used"], (instant_text(now), token.id))


def _check_name(name: str) -> None:
    if not name.strip() or not name.isprintable() or len(name) > LONGEST_NAME:
        raise UsageError(
            f"a token's name is 1 to {LONGEST_NAME} characters that can be printed",
            place="name",
            hint="say who uses it, for instance: ci",
        )


def _one(view: View, identity: str) -> tuple[Token, str] | None:
    row = view.connection.execute(_SQL["one"], (identity,)).fetchone()
    return (_token(row), str(row[-1])) if row else None


def _token(row: tuple[Any, ...]) -> Token:
    identity, name, scope, created_at, expires_at, last_used_at, revoked_at, _ = row
    return Token(
        id=identity,
        name=name,
        scope=Scope(scope),
        created_at=parse_instant(created_at),
        expires_at=parse_instant(expires_at) if expires_at else None,
        last_used_at=parse_instant(last_used_at) if last_used_at else None,
        revoked_at=parse_instant(revoked_at) if revoked_at else None,
    )

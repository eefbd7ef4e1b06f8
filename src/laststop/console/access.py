"""Who may talk to the console: by which host name, from which page, with which token."""

import base64
import binascii
import hmac
import ipaddress

import msgspec

from laststop.errors import DeniedError, UsageError
from laststop.homes.embedded.edge.hosts import is_loopback
from laststop.homes.embedded.tokens import Scope, Tokens

_LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1", "[::1]"})
_WILDCARDS = frozenset({"0.0.0.0", "::", ""})  # noqa: S104 - compared, not bound
_DEFAULT_PORTS = {"http": ":80", "https": ":443"}
SHORTEST_TOKEN = 16
"""Characters; what stands open to a network must not be guessed."""


class WrongHostError(DeniedError):
    """The request names a host that is not ours, as after DNS rebinding."""

    http_status = 421
    code = "WrongHost"


class TokenNeededError(DeniedError):
    """The request carries no token, or not ours."""

    http_status = 401
    code = "TokenNeeded"


class Caller(msgspec.Struct, frozen=True, kw_only=True):
    """Who asks, and how much they may."""

    name: str
    scope: Scope


class Pair(msgspec.Struct, frozen=True, kw_only=True):
    """An access key id and its secret."""

    key_id: str
    secret: str

    def __repr__(self) -> str:
        """Without the secret, which would otherwise stand in tracebacks."""
        return f"Pair(key_id={self.key_id!r})"


LOCAL = Caller(name="somebody on this machine", scope=Scope.ADMIN)
"""Whoever reaches a loopback address has an account here."""
OWNER_KEY_ID = "laststop"
"""The AWS access key id whose secret is LASTSTOP_TOKEN."""
OWNER = Caller(name="the holder of LASTSTOP_TOKEN", scope=Scope.ADMIN)
FUNCTION = Caller(name="a function of the project", scope=Scope.RELEASE)
NOBODY = Caller(name="nobody we know", scope=Scope.READ)
"""Asks for what needs no token; what proves such a request is its own affair."""


class Access(msgspec.Struct, frozen=True, kw_only=True):
    """The rules for one console. `host` is the address bound; `allowed_hosts` are further names for it."""

    host: str
    token: str | None = None
    allowed_hosts: tuple[str, ...] = ()

    def __repr__(self) -> str:
        """Without the token, which would otherwise stand in tracebacks."""
        return f"Access(host={self.host!r}, allowed_hosts={self.allowed_hosts!r})"

    @property
    def needs_token(self) -> bool:
        """Beyond loopback always; on loopback where a token is set and other names are allowed.

        The second is a proxy's case: who comes through it is not on this machine.
        """
        return not is_loopback(self.host) or (self.token is not None and bool(self.allowed_hosts))

    def knows(self, host: str, reached: str) -> bool:
        """Whether a `Host` header names us; `reached` is the local address the request came in on.

        Bound to every address, the one reached counts as ours. A page that rebinds its own name to it still
        fails, because it has to send that name.
        """
        named = host.lower()
        name = _without_port(named)
        ours = {_bracketed(self.host.lower()), *_LOOPBACK_NAMES, *map(str.lower, self.allowed_hosts)}
        if name in ours or named in ours:
            return True
        return self.host in _WILDCARDS and _is_address(name) and name == _bracketed(reached)

    def admits(self, authorization: str) -> bool:
        """Whether an `Authorization` header carries the token: as bearer, or as a browser's password."""
        if not self.token:
            return False
        return hmac.compare_digest(_shown(authorization).encode(), self.token.encode())


class Callers:
    """Tells who a caller is: by LASTSTOP_TOKEN, by a token of the store, or by being on this machine."""

    def __init__(self, access: Access, tokens: Tokens, functions: Pair | None = None) -> None:
        """`tokens` are those of the project served; `functions` signs for the functions that it calls."""
        self._access = access
        self._tokens = tokens
        self._functions = functions

    def at_once(self, authorization: str) -> Caller | None:
        """The caller where the store need not be asked; else None."""
        access = self._access
        if not access.needs_token and not access.allowed_hosts:
            return LOCAL
        return OWNER if access.admits(authorization) else None

    def anybody(self) -> bool:
        """Whether whoever reaches the console may do everything; may read the store."""
        access = self._access
        return not access.needs_token and not (access.allowed_hosts and self._tokens.in_use())

    def key(self, key_id: str, session_token: str) -> tuple[str, Caller] | None:
        """The secret access key of an AWS access key id, and whose it is; None for any other.

        `laststop` signs with LASTSTOP_TOKEN, a function of the project with what it was called with. A token
        of the store is kept as its digest, which signs nothing, so its holder shows it as the session token
        and signs with it: `lst_<id>`, the token, the token again.
        """
        if self._functions is not None and key_id == self._functions.key_id and not session_token:
            return self._functions.secret, FUNCTION
        if key_id == OWNER_KEY_ID and self._access.token and not session_token:
            return self._access.token, OWNER
        token = self._tokens.admit(session_token)
        if token is None or key_id != f"lst_{token.id}":
            return None
        return session_token, Caller(name=token.name, scope=token.scope)

    def identify(self, authorization: str) -> Caller:
        """The caller, whatever it takes; reads the store.

        Behind a proxy, where only a further host name was allowed, tokens are asked for from the first one on
        that was made: revoking them all opens nothing.
        Raises: TokenNeededError when none is shown that we know.
        """
        token = self._tokens.admit(_shown(authorization))
        if token is not None:
            return Caller(name=token.name, scope=token.scope)
        if self.anybody():
            return LOCAL
        raise TokenNeededError(
            "this console asks for a token",
            hint="send it as `Authorization: Bearer TOKEN`; a browser takes it as password, with any name",
        )


def check_scope(caller: Caller, needed: Scope) -> None:
    """Refuse what a caller's token does not allow.

    Raises: DeniedError naming the scope that does.
    """
    if not caller.scope.allows(needed):
        raise DeniedError(
            f'the token "{caller.name}" may {caller.scope.value}; this needs {needed.value}',
            place="Authorization",
            hint=f"have one made: laststop token new NAME --scope {needed.value}",
        )


def same_origin(origin: str, host: str) -> bool:
    """Whether an `Origin` is the very place the request was sent to, whatever scheme a proxy adds."""
    scheme, _, authority = origin.lower().partition("://")
    default = _DEFAULT_PORTS.get(scheme)
    return default is not None and authority.removesuffix(default) == host.lower().removesuffix(default)


def check_binding(host: str, token: str | None) -> None:
    """Refuse an address beyond loopback without a token that can guard it.

    Raises: DeniedError when there is none, UsageError for one that is short or that no header can carry.
    """
    if token is not None and not (token.isascii() and token.isprintable() and " " not in token):
        raise UsageError(
            "the token has characters that no HTTP header carries",
            place="token",
            hint="use letters and digits, for instance from: openssl rand -hex 16",
        )
    if is_loopback(host):
        return
    if not token:
        raise DeniedError(
            "the console would stand open to the network",
            place=f"--host {host}",
            hint="set LASTSTOP_TOKEN to a secret of at least 16 characters, or stay on 127.0.0.1",
        )
    if len(token) < SHORTEST_TOKEN:
        raise UsageError(
            f"a token of {len(token)} characters can be guessed",
            place="token",
            hint=f"use at least {SHORTEST_TOKEN}, for instance from: openssl rand -hex 16",
        )


def _without_port(host: str) -> str:
    name, colon, port = host.rpartition(":")
    return name if colon and (port.isdigit() or not port) else host


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host and not host.startswith("[") else host


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name.strip("[]"))
    except ValueError:
        return False
    return True


def _shown(authorization: str) -> str:
    """The token in an `Authorization` header, as bearer or as a browser's password; else empty."""
    scheme, _, rest = authorization.partition(" ")
    if scheme.lower() == "bearer":
        return rest.strip()
    return _password(rest.strip()) if scheme.lower() == "basic" else ""


def _password(credentials: str) -> str:
    """The password of Basic credentials; empty when they cannot be read."""
    try:
        return base64.b64decode(credentials, validate=True).decode().partition(":")[2]
    except (binascii.Error, UnicodeDecodeError, ValueError):
        return ""

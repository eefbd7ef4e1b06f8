"""Who we are to AWS.

In a function the keys stand in the environment, and nothing else is imported. Everywhere else botocore finds
them, in the order every AWS tool looks in: profile, single sign-on, assumed role, process, container,
instance.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Protocol

import msgspec

from laststop.errors import DeniedError

if TYPE_CHECKING:  # it exists for checkers only
    from obstore.store import S3Credential

_SIGN_IN = "sign in with the aws command, or set AWS_PROFILE or AWS_ACCESS_KEY_ID"
_BEFORE_EXPIRY_SECONDS = 300


class Keys(msgspec.Struct, frozen=True, kw_only=True):
    """A pair of keys, with a token where they are short-lived."""

    access_key_id: str
    secret_access_key: str
    session_token: str = ""


KeySource = Callable[[], Keys]
"""Gives the keys that are good now; asked before every request."""


class _Frozen(Protocol):
    access_key: str
    secret_key: str
    token: str | None


def keys_of(environment: Mapping[str, str]) -> Keys | None:
    """The keys in an environment, as Lambda sets them; None when it holds none."""
    identity, secret = environment.get("AWS_ACCESS_KEY_ID"), environment.get("AWS_SECRET_ACCESS_KEY")
    if not identity or not secret:
        return None
    return Keys(
        access_key_id=identity,
        secret_access_key=secret,
        session_token=environment.get("AWS_SESSION_TOKEN", ""),
    )


def key_source(environment: Mapping[str, str], *, profile: str = "") -> KeySource:
    """Where the keys come from; a named profile goes before keys in the environment, as in AWS's tools.

    Raises: DeniedError, when it is asked, if there are none.
    """
    chosen = profile or environment.get("AWS_PROFILE", "")
    found = None if profile else keys_of(environment)
    if found is not None:
        return lambda: found
    return _chain(chosen)


def _chain(profile: str) -> KeySource:
    """The keys botocore finds; it renews short-lived ones by itself."""
    held: list[Any] = []

    def current() -> Keys:
        from botocore.exceptions import BotoCoreError
        from botocore.session import Session

        try:
            if not held:
                held.append(Session(profile=profile or None).get_credentials())
            frozen: _Frozen | None = held[0].get_frozen_credentials() if held[0] else None
        except BotoCoreError as error:
            raise DeniedError(f"AWS credentials cannot be used: {error}", hint=_SIGN_IN) from error
        if frozen is None:
            held.clear()
            raise DeniedError("there are no AWS credentials here", hint=_SIGN_IN)
        return Keys(
            access_key_id=frozen.access_key,
            secret_access_key=frozen.secret_key,
            session_token=frozen.token or "",
        )

    return current


def for_object_store(source: KeySource) -> "Callable[[], S3Credential]":
    """The same keys as the object store's client asks for them: again after five minutes at the latest."""

    def provide() -> "S3Credential":
        keys = source()
        until = datetime.fromtimestamp(datetime.now(UTC).timestamp() + _BEFORE_EXPIRY_SECONDS, UTC)
        return {
            "access_key_id": keys.access_key_id,
            "secret_access_key": keys.secret_access_key,
            "token": keys.session_token or None,
            "expires_at": until,
        }

    return provide

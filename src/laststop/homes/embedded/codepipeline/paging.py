"""Pages: an opaque token that carries the place a page ends at, and what it is a page of."""

import base64
import binascii
from typing import Any, TypeVar

import msgspec

from laststop.homes.embedded.codepipeline.call import refused
from laststop.words.digests import digest_of

T = TypeVar("T")
_DIGITS = 12


class _Token(msgspec.Struct, frozen=True, kw_only=True, array_like=True):
    of: str
    place: msgspec.Raw


def next_token(place: Any, *of: str | None) -> str:
    """The token of the page behind a place; `of` names what is listed, filters included."""
    token = _Token(of=_named(of), place=msgspec.Raw(msgspec.json.encode(place)))
    return base64.urlsafe_b64encode(msgspec.json.encode(token)).decode().rstrip("=")


def place_of(token: str | None, kind: type[T], first: T, *of: str | None) -> T:
    """The place a token carries; `first` without a token.

    Raises: ControlError with InvalidNextTokenException for a token that is none, or of something else.
    """
    if token is None:
        return first
    try:
        raw = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
        read = msgspec.json.decode(raw, type=_Token)
        place = msgspec.json.decode(read.place, type=kind)
    except (ValueError, binascii.Error, RecursionError) as error:
        raise refused("InvalidNextTokenException", "nextToken is none that was given out here") from error
    if read.of != _named(of):
        raise refused("InvalidNextTokenException", "nextToken is of another list, or of another filter")
    return place


def _named(of: tuple[str | None, ...]) -> str:
    return digest_of(msgspec.json.encode(of))[:_DIGITS]

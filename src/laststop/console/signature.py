"""Signature Version 4, as a server checks it.

Source: AWS, "Signature Version 4 signing process" and "Common errors", read 2026-11.
"""

import hashlib
import hmac
import re
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from typing import Final

import msgspec

from laststop.console.access import Caller
from laststop.errors import DeniedError
from laststop.words.instants import Instant

ALGORITHM: Final = "AWS4-HMAC-SHA256"
SERVICE: Final = "codepipeline"
SKEW: Final = timedelta(minutes=5)
"""A signature counts from so long before its date to so long after it; within, it may be sent again.

Limit: an equal request in the same second has an equal signature, so repetitions cannot be told from clients
that ask twice, and are taken.
"""
_TERMINATOR: Final = "aws4_request"
_AUTHORIZATION: Final = re.compile(
    r"AWS4-HMAC-SHA256\s+Credential=(?P<key>[^\s,/]{1,128})/(?P<day>\d{8})/(?P<region>[a-z0-9-]{1,40})/"
    r"(?P<service>[a-z0-9-]{1,40})/(?P<end>[a-z0-9_]{1,40}),\s*"
    r"SignedHeaders=(?P<signed>[a-z0-9;_-]{1,2000}),\s*Signature=(?P<signature>[0-9a-f]{64})",
    re.ASCII,
)
_DATE: Final = re.compile(r"\d{8}T\d{6}Z", re.ASCII)
_FORM: Final = "%Y%m%dT%H%M%SZ"
_NEEDED: Final = ("host", "x-amz-date")
_NOT_ANY_KEY: Final = "0" * 64


class SignatureError(DeniedError):
    """A signature that is none, or not right; `aws_code` is the exception's name."""

    def __init__(self, code: str, message: str, *, hint: str = "") -> None:
        """AWS's own code for it."""
        super().__init__(message, place="Authorization", hint=hint)
        self.aws_code = code


class Key(msgspec.Struct, frozen=True, kw_only=True):
    """The secret behind an access key, and whose it is."""

    secret: str
    caller: Caller

    def __repr__(self) -> str:
        """Without the secret, which would otherwise stand in tracebacks."""
        return f"Key(caller={self.caller!r})"


class SignedRequest(msgspec.Struct, frozen=True, kw_only=True):
    """What a signature covers: a `POST /` without a query.

    `headers` are pairs as they came in, names in lower case.
    """

    headers: tuple[tuple[str, str], ...]
    body: bytes

    def values(self, name: str) -> list[str]:
        """All values of a header, in order."""
        return [value for each, value in self.headers if each == name]

    def value(self, name: str) -> str:
        """The only value of a header; empty when there is none, or more than one."""
        values = self.values(name)
        return values[0] if len(values) == 1 else ""


FindKey = Callable[[str, str], Key | None]
"""(access key id, session token, which may be empty) -> the key, or None."""


def is_signed(authorization: str) -> bool:
    """Whether an `Authorization` header means to be a signature of this kind."""
    return authorization.startswith(ALGORITHM)


def verify(request: SignedRequest, find: FindKey, now: Instant) -> Caller:
    """Who signed a request.

    The comparison takes the same time for every signature, and an unknown key the time of a known one.
    Raises: SignatureError with AWS's code.
    """
    found = _AUTHORIZATION.fullmatch(request.value("authorization"))
    if found is None:
        raise SignatureError(
            "IncompleteSignatureException",
            "the Authorization header is no complete signature",
            hint=f"it reads: {ALGORITHM} Credential=…, SignedHeaders=…, Signature=…",
        )
    signed = found["signed"].split(";")
    _check_signed(request, signed)
    date = _date(request, found["day"], now)
    if (found["service"], found["end"]) != (SERVICE, _TERMINATOR):
        raise SignatureError(
            "InvalidSignatureException",
            f"the credential is scoped to {found['service']}/{found['end']}, not {SERVICE}/{_TERMINATOR}",
        )
    key = find(found["key"], request.value("x-amz-security-token"))
    scope = f"{found['day']}/{found['region']}/{SERVICE}/{_TERMINATOR}"
    text = _text_to_sign(_canonical(request, signed), date, scope)
    secret = key.secret if key is not None else _NOT_ANY_KEY
    right = hmac.compare_digest(_signature(secret, scope, text), found["signature"])
    if key is None:
        raise SignatureError(
            "UnrecognizedClientException",
            "the access key or the security token is not one of this server's",
            hint="see docs/guides/aws-cli.md for the keys it takes",
        )
    if not right:
        raise SignatureError(
            "InvalidSignatureException",
            "the request's signature does not match; check the secret access key and what is signed",
        )
    return key.caller


def _check_signed(request: SignedRequest, signed: list[str]) -> None:
    """Everything that decides what the request means has to be signed, and the payload's digest be ours."""
    present = {name for name, _ in request.headers}
    meant = {name for name in present if name.startswith("x-amz-")} | ({"content-type"} & present)
    unsigned = sorted((meant | set(_NEEDED)) - set(signed))
    if unsigned:
        raise SignatureError(
            "InvalidSignatureException", f"these headers are not signed: {', '.join(unsigned)}"
        )
    if signed != sorted(set(signed)) or not set(signed) <= present:
        raise SignatureError(
            "IncompleteSignatureException", "SignedHeaders names each header of the request once, in order"
        )
    announced = request.values("x-amz-content-sha256")
    if announced and announced != [hashlib.sha256(request.body).hexdigest()]:
        raise SignatureError(
            "InvalidSignatureException", "x-amz-content-sha256 is not the digest of the payload"
        )


def _date(request: SignedRequest, day: str, now: Instant) -> str:
    text = request.value("x-amz-date")
    if not _DATE.fullmatch(text) or not text.startswith(day):
        raise SignatureError(
            "IncompleteSignatureException", "X-Amz-Date is no date, or not the credential's day"
        )
    try:
        date = datetime.strptime(text, _FORM).replace(tzinfo=UTC)
    except ValueError as error:
        raise SignatureError("IncompleteSignatureException", "X-Amz-Date is no date") from error
    if abs(now - date) > SKEW:
        word = "has expired" if date < now else "is of the future"
        here = now.astimezone(UTC).strftime(_FORM)
        raise SignatureError(
            "InvalidSignatureException",
            f"the signature {word}: its date is {text}, and the time here {here}",
            hint="set the clocks of both machines",
        )
    return text


def _canonical(request: SignedRequest, signed: Iterable[str]) -> str:
    names = list(signed)
    lines = [f"{name}:{','.join(map(_trimmed, request.values(name)))}" for name in names]
    return "\n".join(["POST", "/", "", *lines, "", ";".join(names), hashlib.sha256(request.body).hexdigest()])


def _trimmed(value: str) -> str:
    return " ".join(value.split())


def _text_to_sign(canonical: str, date: str, scope: str) -> str:
    digest = hashlib.sha256(canonical.encode("latin-1", "replace")).hexdigest()
    return f"{ALGORITHM}\n{date}\n{scope}\n{digest}"


def _signature(secret: str, scope: str, text: str) -> str:
    key = f"AWS4{secret}".encode()
    for part in scope.split("/"):
        key = hmac.digest(key, part.encode(), "sha256")
    return hmac.digest(key, text.encode(), "sha256").hex()

"""GitHub's webhook: a push leads to a look at its repository at once.

The payload decides nothing: it only says where to look. Source: docs.github.com, "Validating webhook
deliveries" and "Webhook events and payloads", read 2026-11.
"""

import hashlib
import hmac
import re
from typing import Final
from urllib.parse import parse_qs

import msgspec
from starlette.responses import Response

from laststop.console.answers import json_answer
from laststop.console.desk import Asked, Desk, Webhook
from laststop.errors import DeniedError, NotFoundError, UsageError
from laststop.homes.embedded.deliveries import Deliveries

BRANCHES: Final = "refs/heads/"
_DELIVERY = re.compile(r"[0-9A-Za-z-]{1,64}", re.ASCII)
_FORM: Final = "application/x-www-form-urlencoded"
_SIGNED: Final = "sha256="


class WrongSignatureError(DeniedError):
    """The webhook is not signed with our secret."""

    code = "WrongSignature"


class PushedRepository(msgspec.Struct, frozen=True, kw_only=True):
    """Where was pushed to, as `owner/name`."""

    full_name: str


class Push(msgspec.Struct, frozen=True, kw_only=True):
    """What we read of a push; GitHub sends more."""

    ref: str
    repository: PushedRepository
    deleted: bool = False


class Looked(msgspec.Struct, frozen=True, kw_only=True):
    """What was looked at because of a push."""

    repository: str
    branch: str


def received(desk: Desk, asked: Asked) -> Response:
    """`POST /hooks/github`: 202 when a repository is looked at, 204 when the webhook concerns nothing here.

    A delivery counts as dealt with only after the look: one that is cut short can be sent again.
    """
    webhook = desk.webhook
    if webhook is None:
        raise NotFoundError("webhooks are not taken here", hint="start laststop with LASTSTOP_GITHUB_SECRET")
    check_signature(asked, webhook)
    event = asked.headers.get("x-github-event", "")
    delivery = asked.headers.get("x-github-delivery", "")
    if not event or not _DELIVERY.fullmatch(delivery):
        missing = "X-GitHub-Delivery" if event else "X-GitHub-Event"
        raise UsageError("a webhook of GitHub has this header", place=missing)
    if event != "push":
        return _nothing()
    deliveries = Deliveries(desk.home.store, desk.clock)
    if deliveries.known(delivery, asked.body):
        return _nothing()
    push = read_push(asked)
    branch = push.ref.removeprefix(BRANCHES)
    concerns = push.ref.startswith(BRANCHES) and not push.deleted
    if not concerns or not webhook.look(push.repository.full_name, branch):
        return _nothing()
    desk.ring()
    deliveries.remember(delivery, asked.body)
    return json_answer(Looked(repository=push.repository.full_name, branch=branch), status=202)


def check_signature(asked: Asked, webhook: Webhook) -> None:
    """Refuse what was not signed with the secret; compared in constant time, before anything is read.

    Raises: WrongSignatureError.
    """
    given = asked.headers.get("x-hub-signature-256", "")
    wanted = _SIGNED + hmac.new(webhook.secret.encode(), asked.body, hashlib.sha256).hexdigest()
    if not hmac.compare_digest(given.encode(), wanted.encode()):
        raise WrongSignatureError(
            "the signature is missing" if not given else "the signature is not ours",
            place="X-Hub-Signature-256",
            hint="give the webhook at GitHub the secret that stands in LASTSTOP_GITHUB_SECRET",
        )


def read_push(asked: Asked) -> Push:
    """The payload, in either of the two content types GitHub offers.

    Raises: UsageError when it is no push.
    """
    body = asked.body
    try:
        if asked.headers.get("content-type", "").partition(";")[0].strip().lower() == _FORM:
            body = parse_qs(body.decode(), max_num_fields=10).get("payload", [""])[0].encode()
        return msgspec.json.decode(body, type=Push)
    except (msgspec.DecodeError, ValueError, RecursionError) as error:
        raise UsageError(f"is no push of GitHub: {error}", place="body") from error


def _nothing() -> Response:
    return Response(status_code=204, headers={"Cache-Control": "no-store"})

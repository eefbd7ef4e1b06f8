"""GitHub's webhook: a push leads to a look at its repository at once, a pull request to a note.

Of a push the payload decides nothing: it only says where to look. A pull request stands nowhere but in the
payload. Source: docs.github.com, "Validating webhook
deliveries" and "Webhook events and payloads", read 2026-11.
"""

import hashlib
import hmac
import re
from collections.abc import Callable
from typing import Final, TypeVar
from urllib.parse import parse_qs

import msgspec
from starlette.responses import Response

from laststop.console.answers import json_answer
from laststop.console.desk import Asked, Desk, Webhook
from laststop.errors import DeniedError, NotFoundError, UsageError
from laststop.homes.embedded.deliveries import Deliveries
from laststop.homes.embedded.pull_requests import PullRequestNews
from laststop.pipeline.triggers import PullRequestEvent

T = TypeVar("T")

BRANCHES: Final = "refs/heads/"
TAGS: Final = "refs/tags/"
_EVENTS: Final[dict[str, PullRequestEvent]] = {
    "opened": "OPEN",
    "synchronize": "UPDATED",
    "closed": "CLOSED",
}
"""What GitHub calls the three events CodePipeline knows; it ignores all others."""
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


class Side(msgspec.Struct, frozen=True, kw_only=True):
    """One of the two branches of a pull request."""

    ref: str
    sha: str


class PullRequest(msgspec.Struct, frozen=True, kw_only=True):
    """What we read of a pull request."""

    number: int
    head: Side
    base: Side


class PullRequestSaid(msgspec.Struct, frozen=True, kw_only=True):
    """What we read of an event of a pull request."""

    action: str
    pull_request: PullRequest
    repository: PushedRepository


class Looked(msgspec.Struct, frozen=True, kw_only=True):
    """What was looked at because of a push."""

    repository: str
    branch: str


def received(desk: Desk, asked: Asked) -> Response:
    """`POST /hooks/github`: 202 when something is looked at or noted, 204 when it concerns nothing here.

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
    if event not in _HEARD:
        return _nothing()
    deliveries = Deliveries(desk.home.store, desk.clock)
    if deliveries.known(delivery, asked.body):
        return _nothing()
    found = _HEARD[event](webhook, asked)
    if found is None:
        return _nothing()
    desk.ring()
    deliveries.remember(delivery, asked.body)
    return json_answer(found, status=202)


def _pushed(webhook: Webhook, asked: Asked) -> Looked | None:
    push = _read(asked, Push, "push")
    if push.deleted or not push.ref.startswith((BRANCHES, TAGS)):
        return None
    branch = push.ref.removeprefix(BRANCHES) if push.ref.startswith(BRANCHES) else ""
    repository = push.repository.full_name
    return Looked(repository=repository, branch=branch) if webhook.look(repository, branch) else None


def _pull_requested(webhook: Webhook, asked: Asked) -> Looked | None:
    said = _read(asked, PullRequestSaid, "pull request")
    event = _EVENTS.get(said.action)
    if event is None:
        return None
    head, base = said.pull_request.head, said.pull_request.base
    news = PullRequestNews(
        repository=said.repository.full_name,
        number=said.pull_request.number,
        event=event,
        commit=head.sha,
        target=base.ref,
        base=base.sha,
        origin=head.ref,
    )
    return Looked(repository=news.repository, branch=news.target) if webhook.pull_request(news) else None


_HEARD: Final[dict[str, Callable[[Webhook, Asked], Looked | None]]] = {
    "push": _pushed,
    "pull_request": _pull_requested,
}


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


def _read(asked: Asked, kind: type[T], what: str) -> T:
    """The payload, in either of the two content types GitHub offers.

    Raises: UsageError when it is none of this kind.
    """
    body = asked.body
    try:
        if asked.headers.get("content-type", "").partition(";")[0].strip().lower() == _FORM:
            body = parse_qs(body.decode(), max_num_fields=10).get("payload", [""])[0].encode()
        return msgspec.json.decode(body, type=kind)
    except (msgspec.DecodeError, ValueError, RecursionError) as error:
        raise UsageError(f"is no {what} of GitHub: {error}", place="body") from error


def _nothing() -> Response:
    return Response(status_code=204, headers={"Cache-Control": "no-store"})

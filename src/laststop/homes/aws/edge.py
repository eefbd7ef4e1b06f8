"""CloudFront's memory, and how it is made to forget.

Source: `CreateInvalidation` and `GetInvalidation` in botocore's CloudFront model (1.43, API of 2020-05-31);
limits: CloudFront Developer Guide, "Quotas on invalidations".
"""

import re
import time
from collections.abc import Callable
from typing import Final
from xml.sax.saxutils import escape, unescape

from laststop.errors import TransientError
from laststop.homes.aws.connection import Answer
from laststop.homes.aws.errors import ServiceError, failure
from laststop.homes.aws.service import SignedSender

WITHIN_SECONDS: Final = 600.0
"""How long a purge is waited for; most take a minute or less."""
EDGES: Final = 1
"""The distribution counts as one edge: AWS says "completed" for all of its locations together."""

_SERVICE: Final = "cloudfront"
_API: Final = "2020-05-31"
_NAMESPACE: Final = f"http://cloudfront.amazonaws.com/doc/{_API}/"
_FIRST_PAUSE_SECONDS = 1.0
_LONGEST_PAUSE_SECONDS = 10.0
_TOO_MANY: Final = "TooManyInvalidationsInProgress"
_CREATED = (200, 201)


class CloudFrontEdge:
    """The `Edge` port over one distribution.

    Creating and waiting share one bound. While too many purges are in progress, creating waits too.
    """

    def __init__(
        self,
        sender: SignedSender,
        distribution: str,
        *,
        within_seconds: float = WITHIN_SECONDS,
        pause: Callable[[float], object] = time.sleep,
    ) -> None:
        """`distribution` is its id."""
        self._sender = sender
        self._distribution = distribution
        self._within_seconds = within_seconds
        self._pause = pause

    def purge(self, paths: tuple[str, ...], reference: str) -> int:
        """Have the distribution forget these paths everywhere, and wait until AWS says that it has.

        A known reference with the same paths is answered with the purge that was made, so repeating a call
        that was given up goes on waiting for it.
        Raises: ConflictError for a known reference with other paths, TransientError when the bound is over.
        """
        if not paths:
            return EDGES
        patience = _Patience(self._within_seconds, self._pause)
        body = _batch(paths, reference)
        answer = self._create(body, patience)
        invalidation = _field(answer, "Id")
        while _field(answer, "Status") != "Completed":
            patience.rest(f"invalidation {invalidation} of {self._distribution} is not completed yet")
            answer = self._send("GetInvalidation", "GET", f"/{invalidation}", b"")
        return EDGES

    def _create(self, body: bytes, patience: "_Patience") -> Answer:
        while True:
            try:
                return self._ask("CreateInvalidation", "POST", "", body)
            except ServiceError as error:
                if error.code != _TOO_MANY:
                    raise failure(_SERVICE, "CreateInvalidation", error) from error
                patience.rest(f"too many invalidations of {self._distribution} are in progress")

    def _send(self, operation: str, method: str, path: str, body: bytes) -> Answer:
        try:
            return self._ask(operation, method, path, body)
        except ServiceError as error:
            raise failure(_SERVICE, operation, error) from error

    def _ask(self, operation: str, method: str, path: str, body: bytes) -> Answer:
        return self._sender.send(
            operation,
            method=method,
            path=f"/{_API}/distribution/{self._distribution}/invalidation{path}",
            headers={"Content-Type": "text/xml"},
            body=body,
            refusal=_refusal,
        )


class _Patience:
    """Growing pauses up to a bound over all of them."""

    def __init__(self, within_seconds: float, pause: Callable[[float], object]) -> None:
        self._left = within_seconds
        self._next = _FIRST_PAUSE_SECONDS
        self._pause = pause

    def rest(self, reason: str) -> None:
        """Pause. Raises: TransientError, with the reason, once the bound is over."""
        if self._left <= 0:
            raise TransientError(
                reason, place=_SERVICE, hint="retry the stage: it goes on waiting for the same purge"
            )
        seconds = min(self._next, self._left)
        self._left -= seconds
        self._next = min(self._next * 1.5, _LONGEST_PAUSE_SECONDS)
        self._pause(seconds)


def _batch(paths: tuple[str, ...], reference: str) -> bytes:
    items = "".join(f"<Path>{escape(path)}</Path>" for path in paths)
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><InvalidationBatch xmlns="{_NAMESPACE}"><Paths>'
        f"<Quantity>{len(paths)}</Quantity><Items>{items}</Items></Paths>"
        f"<CallerReference>{escape(reference)}</CallerReference></InvalidationBatch>"
    ).encode()


def _refusal(answer: Answer) -> ServiceError | None:
    """The no in an answer; one without id or status is none of CloudFront's."""
    if answer.status in _CREATED:
        if _field(answer, "Id") and _field(answer, "Status"):
            return None
        return ServiceError("AnswerGarbled", "the answer is damaged", status=502)
    code = _field(answer, "Code") or f"Http{answer.status}"
    return ServiceError(code, _field(answer, "Message"), status=answer.status, fields=answer.body)


def _field(answer: Answer, name: str) -> str:
    """The text of the first element of that name. Texts in XML have no `<`, so none can pretend to be one."""
    text = answer.body.decode(errors="replace")
    found = re.search(rf"<{name}>([^<]*)</{name}>", text)
    return unescape(found[1]).strip() if found else ""

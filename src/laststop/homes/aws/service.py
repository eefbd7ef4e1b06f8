"""A service that speaks AWS's JSON protocol: signed, retried, its errors mapped."""

import random
import time
import zlib
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any, Final, Protocol

import msgspec

from laststop.errors import InvariantError, TransientError
from laststop.homes.aws.connection import Answer, Connections, Unanswered
from laststop.homes.aws.credentials import KeySource
from laststop.homes.aws.errors import SKEW_CODES, ServiceError, failure, meaning
from laststop.homes.aws.operations import OPERATIONS
from laststop.homes.aws.settings import AwsSettings
from laststop.homes.aws.signature import signed

ATTEMPTS_MAX: Final = 6
TIMEOUT_SECONDS: Final = 10.0
LONGEST_PAUSE_SECONDS: Final = 3.0
_FIRST_PAUSE_SECONDS = 0.05
_SKEW_NOTICED_SECONDS = 60

_PROTOCOLS: Final = {
    "dynamodb": ("DynamoDB_20120810", "1.0"),
    "codepipeline": ("CodePipeline_20150709", "1.1"),
    "secretsmanager": ("secretsmanager", "1.1"),
    "ssm": ("AmazonSSM", "1.1"),
    "codebuild": ("CodeBuild_20161006", "1.1"),
    "logs": ("Logs_20140328", "1.1"),
}
"""Service -> (what stands before the operation's name, the protocol's version); botocore's models, 1.43."""


class Sender(Protocol):
    """What carries a request: `Connections`, or a test's."""

    host: str

    def send(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """One request and its answer.

        Raises: Unanswered.
        """
        ...


class Caller(Protocol):
    """The calling side of a service."""

    def call(self, operation: str, request: Mapping[str, Any]) -> dict[str, Any]:
        """Perform an operation.

        Raises: the error that `errors.failure` makes of a refusal; TransientError without an answer.
        """
        ...

    def ask(self, operation: str, request: Mapping[str, Any]) -> dict[str, Any]:
        """The same, for callers that have a use for the service's own code.

        Raises: ServiceError for a refusal; TransientError without an answer.
        """
        ...


class SignedSender:
    """Sends signed requests again until the service gives an answer that will not change by itself.

    Throttling, errors of the service and lost answers are waited out with growing, jittered pauses; what the
    service says in `Retry-After` counts. A clock that differs from the service's is taken into account.
    Concurrency: any thread.
    """

    def __init__(
        self,
        service: str,
        settings: AwsSettings,
        keys: KeySource,
        *,
        sender: Sender | None = None,
        pause: Callable[[float], object] = time.sleep,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        timeout_seconds: float = TIMEOUT_SECONDS,
    ) -> None:
        """Nothing is sent and no key is read before the first request."""
        self.service = service
        self._region = settings.signing_region(service)
        self._keys = keys
        self._connections = sender or Connections(settings.endpoint(service), timeout_seconds=timeout_seconds)
        self._pause = pause
        self._now = now
        self._skew = timedelta(0)

    def send(
        self,
        operation: str,
        *,
        method: str,
        path: str,
        headers: Mapping[str, str],
        body: bytes,
        refusal: Callable[[Answer], ServiceError | None],
    ) -> Answer:
        """The answer to a request, once it is no refusal.

        `refusal` reads a service's no from an answer.
        Raises: ServiceError, TransientError.
        """
        if operation not in OPERATIONS[self.service]:
            raise InvariantError(f"{self.service} {operation} is not among the operations we call")
        for attempt in range(ATTEMPTS_MAX):
            last = attempt == ATTEMPTS_MAX - 1
            try:
                answer = self._once(method, path, headers, body)
            except Unanswered as error:
                if last:
                    raise TransientError(
                        f"no answer: {error}", place=f"{self.service} {operation}", hint="try again"
                    ) from error
                self._rest(attempt, None)
                continue
            refused = refusal(answer)
            if refused is None:
                return answer
            if last or not self._may_pass(refused, answer):
                raise refused
            self._rest(attempt, answer)
        raise InvariantError("the last attempt neither answered nor raised")

    def close(self) -> None:
        """Let go of idle connections."""
        if isinstance(self._connections, Connections):
            self._connections.close()

    def _once(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Answer:
        sent = signed(
            method=method,
            host=self._connections.host,
            path=path,
            headers=headers,
            body=body,
            keys=self._keys(),
            service=self.service,
            region=self._region,
            at=self._now() + self._skew,
        )
        return self._connections.send(method, path, sent, body)

    def _may_pass(self, refused: ServiceError, answer: Answer) -> bool:
        """Whether the same request, sent again, may get another answer."""
        if refused.code in SKEW_CODES:
            return self._learn_skew(answer)
        return meaning(self.service, refused.code, refused.status).again

    def _learn_skew(self, answer: Answer) -> bool:
        """Take the service's clock; False when ours agrees with it already."""
        try:
            theirs = parsedate_to_datetime(answer.headers.get("date", ""))
        except ValueError:
            return False
        if theirs.tzinfo is None:
            return False
        skew = theirs - self._now()
        if abs((skew - self._skew).total_seconds()) < _SKEW_NOTICED_SECONDS:
            return False
        self._skew = skew
        return True

    def _rest(self, attempt: int, answer: Answer | None) -> None:
        longest = min(_FIRST_PAUSE_SECONDS * 2 ** (attempt + 1), LONGEST_PAUSE_SECONDS)
        asked = answer.headers.get("retry-after", "") if answer else ""
        wanted = float(asked) if asked.isdigit() else 0.0
        self._pause(min(max(wanted, random.uniform(longest / 2, longest)), LONGEST_PAUSE_SECONDS))  # noqa: S311


class JsonService:
    """A service whose requests and answers are JSON objects."""

    def __init__(self, sender: SignedSender) -> None:
        """`sender` knows which service it is."""
        self._sender = sender
        self._target, version = _PROTOCOLS[sender.service]
        self._content_type = f"application/x-amz-json-{version}"

    def call(self, operation: str, request: Mapping[str, Any]) -> dict[str, Any]:
        """Perform an operation, with the members that the service's own reference names.

        Raises: as `Caller.call`.
        """
        try:
            return self.ask(operation, request)
        except ServiceError as error:
            raise failure(self._sender.service, operation, error) from error

    def ask(self, operation: str, request: Mapping[str, Any]) -> dict[str, Any]:
        """The same, with the service's own code in the error."""
        headers = {"Content-Type": self._content_type, "X-Amz-Target": f"{self._target}.{operation}"}
        answer = self._sender.send(
            operation,
            method="POST",
            path="/",
            headers=headers,
            body=msgspec.json.encode(request),
            refusal=_refusal,
        )
        return _decoded(answer) or {}

    def close(self) -> None:
        """Let go of idle connections."""
        self._sender.close()


class _Refusal(msgspec.Struct, frozen=True, kw_only=True):
    """The members of an error; services differ in how they spell the message."""

    type: str = msgspec.field(name="__type", default="")
    code: str = ""
    message: str = ""
    Message: str = ""


_GARBLED = "AnswerGarbled"
_OK = 200
_SERVER_ERROR = 502  # what is no answer of the service counts as one of a broken gateway


def _refusal(answer: Answer) -> ServiceError | None:
    """The no in an answer; an answer that is not what the service would send is one as well."""
    if answer.status == _OK:
        whole = _checksum_fits(answer) and _decoded(answer) is not None
        return None if whole else ServiceError(_GARBLED, "the answer is damaged", status=_SERVER_ERROR)
    try:
        said = msgspec.json.decode(answer.body, type=_Refusal)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        said = _Refusal()
    named = said.type or answer.headers.get("x-amzn-errortype", "") or said.code
    code = named.rpartition("#")[2].partition(":")[0] or f"Http{answer.status}"
    return ServiceError(code, said.message or said.Message, status=answer.status, fields=answer.body)


def _checksum_fits(answer: Answer) -> bool:
    """DynamoDB sends the CRC of every answer's body."""
    told = answer.headers.get("x-amz-crc32", "")
    return not told.isdigit() or int(told) == zlib.crc32(answer.body)


def _decoded(answer: Answer) -> dict[str, Any] | None:
    if not answer.body.strip():
        return {}
    try:
        return msgspec.json.decode(answer.body, type=dict[str, Any])
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None

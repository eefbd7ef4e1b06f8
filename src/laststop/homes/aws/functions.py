"""The project's functions, called by people: what a function raises is raised here.

Source: `Invoke` in botocore's Lambda model (1.43): a REST call; `X-Amz-Function-Error` marks an answer that
is an error of the function's own, whose body has `errorType` and `errorMessage`.
"""

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from laststop import errors
from laststop.errors import LaststopError, RunError, TransientError
from laststop.homes.aws.connection import Answer
from laststop.homes.aws.errors import ServiceError, failure
from laststop.homes.aws.service import SignedSender

TIMEOUT_SECONDS: Final = 930.0
"""A function runs for 900 s at most. Source: Lambda quotas, "Function timeout"."""

_SERVICE: Final = "lambda"
_OPERATION: Final = "Invoke"
_API: Final = "2015-03-31"
_OK = 200
_FUNCTION_ERROR = "x-amz-function-error"


class Functions:
    """Calls one project's functions and waits for what they answer.

    Limit: a call whose answer is lost is made again, so only functions whose repeats are harmless may be
    called this way; all of laststop's are.
    """

    def __init__(self, sender: SignedSender, project: str) -> None:
        """`sender` should wait for `TIMEOUT_SECONDS`; functions are called `<project>-<function>`."""
        self._sender = sender
        self._project = project

    def call(self, function: str, event: Mapping[str, Any]) -> Any:
        """What the function answers to an event.

        Raises: the error of laststop that the function raised; TransientError when it ran out of time or
        memory; RunError for any other end; NotFoundError when it is not deployed.
        """
        name = f"{self._project}-{function}"
        try:
            answer = self._sender.send(
                _OPERATION,
                method="POST",
                path=f"/{_API}/functions/{name}/invocations",
                headers={"Content-Type": "application/json"},
                body=msgspec.json.encode(event),
                refusal=_refusal,
            )
        except ServiceError as error:
            refused = failure(_SERVICE, _OPERATION, error)
            refused.place = f"function {name}"
            raise refused from error
        if _FUNCTION_ERROR in answer.headers:
            raise _raised(name, answer.body)
        return _decoded(answer.body)


class _Ended(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """How Lambda tells of a function that raised, or was killed."""

    error_type: str = ""
    error_message: str = ""


_KILLED: Final = ("Sandbox.Timedout", "Runtime.ExitError", "Runtime.OutOfMemory")
_OURS: Final[dict[str, type[LaststopError]]] = {
    kind.__name__: kind
    for kind in vars(errors).values()
    if isinstance(kind, type) and issubclass(kind, LaststopError)
}


def _raised(name: str, body: bytes) -> LaststopError:
    """The error for what a function ended with; its text is the function's own."""
    try:
        ended = msgspec.json.decode(body, type=_Ended)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        ended = _Ended(error_message="it ended without a readable reason")
    logs = f"see its log group /aws/lambda/{name}"
    kind = _OURS.get(ended.error_type.rpartition(".")[2])
    if kind is not None:
        return kind(ended.error_message, hint=logs)
    if ended.error_type in _KILLED or "timed out" in ended.error_message:
        return TransientError(ended.error_message, place=f"function {name}", hint=logs)
    told = f"{ended.error_type}: {ended.error_message}" if ended.error_type else ended.error_message
    return RunError(told, place=f"function {name}", hint=logs)


def _decoded(body: bytes) -> Any:
    try:
        return msgspec.json.decode(body) if body.strip() else None
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise RunError("the function's answer is no JSON") from error


class _Refusal(msgspec.Struct, frozen=True, kw_only=True):
    """Lambda spells the message both ways."""

    Message: str = ""
    message: str = ""


def _refusal(answer: Answer) -> ServiceError | None:
    if answer.status == _OK:
        return None
    try:
        said = msgspec.json.decode(answer.body, type=_Refusal)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        said = _Refusal()
    named = answer.headers.get("x-amzn-errortype", "").partition(":")[0] or f"Http{answer.status}"
    return ServiceError(named, said.Message or said.message, status=answer.status, fields=answer.body)

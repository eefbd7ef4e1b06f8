"""`POST /`: CodePipeline's own protocol, so that the AWS CLI and every AWS SDK drive what runs here.

A browser's page cannot send such a request from elsewhere: besides `Host` and `Origin`, which the guard
checks, it needs a header and a content type that no form has.
Source: botocore's CodePipeline model (1.43: protocol AWS JSON 1.1, target prefix CodePipeline_20150709) and
AWS's "Common errors" page, read 2026-11.
"""

import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from laststop.console.access import LOCAL, Caller, Callers, TokenNeededError, check_scope
from laststop.console.desk import Desk, Threads
from laststop.console.guard import TooLargeError
from laststop.console.signature import Key, SignatureError, SignedRequest, is_signed, verify
from laststop.errors import ConflictError, DeniedError, LaststopError, TransientError, UsageError
from laststop.homes.embedded.codepipeline.table import OPERATIONS
from laststop.pipeline.control import ControlError, control_error
from laststop.pipeline.inputs import Refused

TARGET: Final = "CodePipeline_20150709."
MEDIA: Final = "application/x-amz-json-1.1"
_TAKEN: Final = (MEDIA, "application/x-amz-json-1.0")
_FORBIDDEN, _NOT_FOUND, _BAD = 403, 404, 400


class Endpoint:
    """Answers the protocol's requests."""

    def __init__(self, desk: Desk, threads: Threads, callers: Callers) -> None:
        """`callers` tells whose key or token a request carries."""
        self._desk = desk
        self._threads = threads
        self._callers = callers

    async def answer(self, request: Request) -> Response:
        """One request; blocks nothing."""
        asked = SignedRequest(headers=tuple(request.headers.items()), body=await request.body())
        if request.url.query:
            raise _unreadable("the address takes no query")
        return await self._threads.run(self._answered, asked)

    def _answered(self, asked: SignedRequest) -> Response:
        name = _operation(asked)
        caller = self._caller(asked)
        operation = OPERATIONS.get(name)
        if operation is not None:
            check_scope(caller, operation.scope)
        told = self._desk.control.by(caller.name).call(name, _request(asked.body))
        empty = operation is not None and operation.tells is None
        return _response(b"" if empty else msgspec.json.encode(wire(told)), status=200)

    def _caller(self, asked: SignedRequest) -> Caller:
        """Who asks. On a machine of one's own any signature will do, and none."""
        if self._callers.anybody():
            return LOCAL
        authorization = asked.value("authorization")
        if is_signed(authorization):
            return verify(asked, self._key, self._desk.clock())
        return self._callers.at_once(authorization) or self._callers.identify(authorization)

    def _key(self, key_id: str, session_token: str) -> Key | None:
        found = self._callers.key(key_id, session_token)
        return Key(secret=found[0], caller=found[1]) if found is not None else None


def aws_error(error: LaststopError) -> Response:
    """Any error as the protocol tells it: code in body and header, and the status AWS gives it."""
    code, status = _code_and_status(error)
    text = f"{error}; {error.hint}" if error.hint else str(error)
    answer = _response(msgspec.json.encode({"__type": code, "message": text}), status=status)
    answer.headers["x-amzn-ErrorType"] = code
    if isinstance(error, TransientError):
        answer.headers["Retry-After"] = str(max(1, round(error.retry_after_seconds or 1)))
    if isinstance(error, TooLargeError):
        answer.headers["Connection"] = "close"
    return answer


def _code_and_status(error: LaststopError) -> tuple[str, int]:
    match error:
        case ControlError():
            return error.aws_code, _NOT_FOUND if error.aws_code == "UnknownOperationException" else _BAD
        case SignatureError():
            return error.aws_code, _FORBIDDEN
        case TokenNeededError():
            return "MissingAuthenticationTokenException", _FORBIDDEN
        case DeniedError():
            return "AccessDeniedException", _FORBIDDEN
        case TooLargeError():
            return "RequestEntityTooLargeException", error.http_status
        case UsageError():
            return "ValidationException", _BAD
        case ConflictError():
            return "ConflictException", _BAD
        case TransientError():
            return "ServiceUnavailableException", error.http_status
        case _:
            return "InternalFailure", 500


def wire(value: Any) -> Any:
    """An answer as JSON carries it: an instant is its seconds since 1970."""
    if isinstance(value, datetime):
        return round(value.timestamp(), 3)
    if isinstance(value, Mapping):
        return {name: wire(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [wire(each) for each in value]
    return value


def _operation(asked: SignedRequest) -> str:
    """The operation a request names.

    Raises: ControlError with UnknownOperationException, as AWS for a target or content type that is none.
    """
    media = asked.value("content-type").partition(";")[0].strip().lower()
    target = asked.value("x-amz-target")
    name = target.removeprefix(TARGET)
    if media not in _TAKEN:
        raise _unknown(f"the content type is {media[:80] or 'missing'}, and this protocol's is {MEDIA}")
    if name == target or not name.isascii() or not name.isalnum():
        raise _unknown(f"X-Amz-Target names an operation, as in {TARGET}ListPipelines")
    if asked.value("content-encoding") not in ("", "identity"):
        raise _unreadable("the payload is encoded, and none is decoded here")
    return name


def _request(body: bytes) -> Mapping[str, Any]:
    try:
        value = msgspec.json.decode(body or b"{}")
    except RecursionError as error:
        raise _serialization("the request is nested too deeply") from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise _serialization(f"the payload is no JSON: {error}") from error
    if not isinstance(value, dict):
        raise _serialization("the payload is no JSON object")
    return value


def _unknown(text: str) -> ControlError:
    return control_error(Refused(code="UnknownOperationException", message=text))


def _serialization(text: str) -> ControlError:
    return control_error(Refused(code="SerializationException", message=text))


def _unreadable(text: str) -> ControlError:
    return control_error(Refused(code="MalformedHttpRequestException", message=text))


def _response(body: bytes, *, status: int) -> Response:
    headers = {
        "x-amzn-RequestId": str(uuid.uuid4()),
        "Content-Type": MEDIA,
        "Cache-Control": "no-store",
    }
    return Response(body, status_code=status, headers=headers)

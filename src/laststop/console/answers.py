"""What the API answers: JSON, and one shape for every error."""

import msgspec
from starlette.responses import Response

from laststop.console.access import TokenNeededError
from laststop.console.guard import TooLargeError
from laststop.errors import LaststopError, TransientError


class ErrorBody(msgspec.Struct, frozen=True, kw_only=True):
    """What went wrong, for people and scripts; `code` is stable, the rest is prose."""

    code: str
    message: str
    hint: str
    place: str


class ErrorEnvelope(msgspec.Struct, frozen=True, kw_only=True):
    """The one shape of every error of the API."""

    error: ErrorBody


def json_answer(value: object, *, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    """A value as JSON; never cached."""
    return Response(
        msgspec.json.encode(value),
        status_code=status,
        headers={"Cache-Control": "no-store"} | (headers or {}),
        media_type="application/json",
    )


def json_error(error: LaststopError) -> Response:
    """An error in the one shape, with the status its class owns."""
    body = ErrorBody(code=error.code, message=error.message, hint=error.hint, place=error.place)
    answer = json_answer(ErrorEnvelope(error=body), status=error.http_status)
    add_error_headers(answer, error)
    return answer


def add_error_headers(answer: Response, error: LaststopError) -> None:
    """What HTTP wants beside some errors: how to show a token, when to come back, that we hang up."""
    if isinstance(error, TokenNeededError):
        answer.headers.append("WWW-Authenticate", 'Basic realm="laststop", charset="UTF-8"')
        answer.headers.append("WWW-Authenticate", 'Bearer realm="laststop"')
    if isinstance(error, TransientError):
        answer.headers["Retry-After"] = str(max(1, round(error.retry_after_seconds or 1)))
    if isinstance(error, TooLargeError):
        answer.headers["Connection"] = "close"

"""Errors as answers: JSON for scripts, a page for people, AWS's shape for AWS's tools."""

from typing import Final

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Scope as HttpScope

from laststop.console.answers import add_error_headers, json_error
from laststop.console.api_operations import OPERATIONS
from laststop.console.codepipeline import aws_error
from laststop.console.guard import SECURITY_HEADERS, ErrorAnswer, is_api
from laststop.console.rendering import Pages
from laststop.errors import InvariantError, LaststopError, NotFoundError, UsageError

WRONG_METHOD: Final = 405
_PLAIN = frozenset(operation.path for operation in OPERATIONS)


class WrongMethodError(UsageError):
    """The address exists, and does not do that."""

    http_status = WRONG_METHOD
    code = "WrongMethod"


def error_answer(templates: Pages, error: LaststopError, scope: HttpScope) -> Response:
    """JSON for scripts, a page for people, AWS's shape for AWS's tools; the request tells which."""
    path = scope["path"]
    if is_api(scope["method"], path):
        return aws_error(error)
    if path in _PLAIN or path.startswith(("/api/", "/hooks/")):
        return json_error(error)
    answer = templates.page("error.html", status=error.http_status, error=error)
    add_error_headers(answer, error)
    return answer


def on_error(answer: ErrorAnswer, request: Request, error: Exception) -> Response:
    """What a handler raised on purpose."""
    if not isinstance(error, LaststopError):
        raise error
    return answer(error, request.scope)


def on_http_error(answer: ErrorAnswer, request: Request, error: Exception) -> Response:
    """What the router refuses, as our own errors."""
    if not isinstance(error, HTTPException):
        raise error
    path = request.url.path
    if error.status_code == WRONG_METHOD:
        refused = answer(WrongMethodError(f"does not do {request.method}", place=path), request.scope)
        refused.headers.update(error.headers or {})
        return refused
    return answer(NotFoundError("there is nothing here", place=path, hint="start at /"), request.scope)


def on_bug(answer: ErrorAnswer, request: Request, error: Exception) -> Response:
    """The server logs the traceback; the client gets no more than that it was our fault."""
    bug = InvariantError(
        f"the console broke on this request ({type(error).__name__})",
        hint="this is a bug in laststop; the server's log has the rest",
    )
    refused = answer(bug, request.scope)
    refused.headers.update(SECURITY_HEADERS)
    return refused

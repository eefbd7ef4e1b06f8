"""The door of the console: every request passes here before any route sees it."""

from collections.abc import Awaitable, Callable
from urllib.parse import unquote_to_bytes

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from laststop.console.access import NOBODY, Access, Caller, WrongHostError, same_origin
from laststop.errors import DeniedError, LaststopError, UsageError

BODY_LIMIT_BYTES = 1024 * 1024
READS = frozenset({"GET", "HEAD"})
HEALTH = "/healthz"
GITHUB_HOOK = "/hooks/github"
WITHOUT_TOKEN = frozenset({HEALTH, GITHUB_HOOK})
"""Asked by those who cannot know a token; a webhook is signed instead."""


def is_api(method: str, path: str) -> bool:
    """Whether a request speaks CodePipeline's protocol, which checks its signatures itself."""
    return method == "POST" and path == "/"


SECURITY_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",  # `no-referrer` would turn our own forms' Origin into `null`
    "Cross-Origin-Resource-Policy": "same-origin",
}

ErrorAnswer = Callable[[LaststopError, Scope], Response]
"""An error and the request it happened in -> what the client gets."""

Identify = Callable[[str], Awaitable[Caller]]
"""An `Authorization` header, which may be empty -> who asks; raises TokenNeededError."""


class TooLargeError(UsageError):
    """The request's body is larger than anything we take."""

    http_status = 413
    code = "TooLarge"


class _GoneError(Exception):
    """The client left before its request was complete; nobody waits for an answer."""


class Guard:
    """ASGI middleware: path, host, token, origin, size, in this order; and the headers of every answer."""

    def __init__(self, app: ASGIApp, *, access: Access, identify: Identify, answer: ErrorAnswer) -> None:
        """`answer` makes the refusals, in the shape the request calls for."""
        self._app = app
        self._access = access
        self._identify = identify
        self._answer = answer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Admit the request, or answer why not."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        send = _hardened(send)
        try:
            host = check_host(scope, self._access)
            scope.setdefault("state", {})["caller"] = await self._caller(scope)
            check_origin(scope, host)
            if scope["method"] not in READS:
                receive = await _whole_body(scope, receive)
        except LaststopError as error:
            await self._answer(error, scope)(scope, receive, send)
            return
        except _GoneError:
            return
        await self._app(scope, receive, send)

    async def _caller(self, scope: Scope) -> Caller:
        if scope["path"] in WITHOUT_TOKEN or is_api(scope["method"], scope["path"]):
            return NOBODY
        return await self._identify(Headers(scope=scope).get("authorization", ""))


def check_host(scope: Scope, access: Access) -> str:
    """The host a request names, once its path and its host are ours.

    Raises: UsageError for the path, WrongHostError for the host.
    """
    _check_path(scope)
    hosts = Headers(scope=scope).getlist("host")
    server = scope.get("server") or ("", None)
    if len(hosts) != 1 or not access.knows(hosts[0], server[0]):
        raise WrongHostError(
            "the console does not answer to this host name",
            place=", ".join(hosts)[:200] or "Host",
            hint="use localhost, or allow the name: laststop up --allow-host NAME",
        )
    return hosts[0]


def check_origin(scope: Scope, host: str) -> None:
    """Another site's page may lead here, but neither write nor read here.

    Raises: DeniedError.
    """
    headers = Headers(scope=scope)
    origin = headers.get("origin")
    if origin is not None and not same_origin(origin, host):
        raise DeniedError(
            "the request comes from a page of another site",
            place=f"Origin: {origin[:200]}",
            hint="open the console itself; a proxy in front of it has to pass Host on",
        )
    site = headers.get("sec-fetch-site", "none")
    if scope["method"] not in READS and site not in ("same-origin", "none"):
        raise DeniedError(
            "the request comes from a page of another site", place=f"Sec-Fetch-Site: {site[:20]}"
        )


def _check_path(scope: Scope) -> None:
    """Names in a path are percent-encoded UTF-8 and hold no slash; anything else would change its meaning."""
    raw = scope.get("raw_path") or scope["path"].encode()
    if b"%2f" in raw.lower():
        raise UsageError("has an encoded slash, and no name holds a slash", place="path")
    try:
        unquote_to_bytes(raw).decode()
    except UnicodeDecodeError as error:
        raise UsageError("is not UTF-8 once it is decoded", place="path") from error


async def _whole_body(scope: Scope, receive: Receive) -> Receive:
    """Read the body up to the limit, and give it back as one piece."""
    announced = Headers(scope=scope).get("content-length", "0")
    size = int(announced) if announced.isascii() and announced.isdigit() else 0
    body = bytearray()
    more = True
    while more and max(size, len(body)) <= BODY_LIMIT_BYTES:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise _GoneError
        body += message.get("body", b"")
        more = message.get("more_body", False)
    if max(size, len(body)) > BODY_LIMIT_BYTES:
        raise TooLargeError(
            f"has more than {BODY_LIMIT_BYTES} bytes", place="body", hint="attributes take 262,144 at most"
        )
    given = False

    async def replay() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": bytes(body), "more_body": False}

    return replay


def _hardened(send: Send) -> Send:
    """Every answer carries the security headers."""

    async def with_headers(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in SECURITY_HEADERS.items():
                headers.setdefault(name, value)
        await send(message)

    return with_headers

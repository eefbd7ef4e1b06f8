"""The part of ASGI the edge speaks, in types."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

Header = tuple[bytes, bytes]
Scope = Mapping[str, Any]
Message = dict[str, Any]
Receive = Callable[[], Awaitable[Mapping[str, Any]]]
Send = Callable[[Message], Awaitable[None]]


def start_message(status: int, headers: Sequence[Header]) -> Message:
    """The message that opens a response."""
    return {"type": "http.response.start", "status": status, "headers": headers}


def body_message(body: bytes, *, more: bool = False) -> Message:
    """A piece of a response's body; the last one unless `more` follow."""
    return {"type": "http.response.body", "body": body, "more_body": more}


def header_values(scope: Scope, name: bytes) -> list[bytes]:
    """Every value of a request header, in the order sent; `name` in lower case."""
    return [value for key, value in scope["headers"] if key == name]


async def read_body(receive: Receive, *, limit_bytes: int) -> bytes | None:
    """The whole request body, or None when it exceeds the limit or the client went away."""
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        body += message.get("body", b"")
        if len(body) > limit_bytes:
            return None
        if not message.get("more_body", False):
            return bytes(body)

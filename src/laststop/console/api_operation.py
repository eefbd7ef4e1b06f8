"""One operation of the API: what the routes, the scopes and the OpenAPI document are made from."""

from typing import Any

import msgspec

from laststop.console.desk import Handler
from laststop.homes.embedded.tokens import Scope

JSON, TEXT, STREAM = "application/json", "text/plain", "text/event-stream"


class Parameter(msgspec.Struct, frozen=True, kw_only=True):
    """One parameter of a query or header; `schema` is JSON Schema's."""

    name: str
    text: str
    schema: dict[str, Any] = msgspec.field(default_factory=lambda: {"type": "string"})
    where: str = "query"


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """One way an operation succeeds; `shape` None has no body."""

    status: int = 200
    text: str
    shape: Any = None
    media: str = JSON


class Operation(msgspec.Struct, frozen=True, kw_only=True):
    """One method at one address. `errors` are those beyond what every address may answer.

    `scope` None asks for no token. `handler` None is answered by what a console
    keeps: its streams, its document, its metrics.
    """

    name: str
    method: str
    path: str
    handler: Handler | None = None
    scope: Scope | None
    summary: str
    text: str = ""
    parameters: tuple[Parameter, ...] = ()
    body: type[msgspec.Struct] | None = None
    body_optional: bool = False
    answers: tuple[Answer, ...]
    errors: tuple[int, ...] = ()
    example: Any = None

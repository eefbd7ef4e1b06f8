"""The OpenAPI document, made from the table of operations and from the types that handlers read and write.

Source: spec.openapis.org, "OpenAPI Specification v3.1.1", read 2026-11; its schemas are JSON Schema 2020-12,
which is what msgspec writes.
"""

import re
from collections.abc import Iterable
from inspect import cleandoc
from typing import Any, Final

import msgspec

from laststop import __version__
from laststop.console.answers import ErrorEnvelope
from laststop.console.api_operation import JSON, Answer, Operation, Parameter
from laststop.console.api_operations import OPERATIONS

_NAME = re.compile(r"\{(\w+)\}")
_REF: Final = "#/components/schemas/{name}"
EVERYWHERE: Final = (400, 401, 403, 421, 503)
"""What any address may answer: a path, token, origin or host that is none, or a store that is busy."""

ERRORS: Final[dict[int, tuple[str, str, dict[str, str]]]] = {
    400: (
        "InvalidInput",
        "A body, name, parameter or path that cannot be used.",
        {"message": "it may not be empty", "place": "body.reason", "hint": "it may have: reason"},
    ),
    401: (
        "TokenNeeded",
        "No token, or one that opens nothing.",
        {"message": "this console asks for a token", "place": "", "hint": "send it as a bearer"},
    ),
    403: (
        "Denied",
        "The token's scope does not allow it, or a page of another site asks.",
        {
            "message": 'the token "ci" may read; this needs release',
            "place": "Authorization",
            "hint": "have one made: laststop token new NAME --scope release",
        },
    ),
    404: (
        "NotFound",
        "What is named does not exist.",
        {"message": "no run begins with ffff", "place": "", "hint": "see: laststop run list"},
    ),
    409: (
        "Conflict",
        "Somebody was faster, or the rules refuse.",
        {"message": "nothing is live yet, so there is no way back", "place": "", "hint": ""},
    ),
    413: (
        "TooLarge",
        "A body over 1 MiB.",
        {"message": "has more than 1048576 bytes", "place": "body", "hint": ""},
    ),
    421: (
        "WrongHost",
        "A `Host` that is not ours.",
        {"message": "the console does not answer to this host name", "place": "evil.example", "hint": ""},
    ),
    503: (
        "TryAgain",
        "The store is locked, the disk is full, the loop has ended; `Retry-After` says when to come back.",
        {"message": "the disk is full", "place": "", "hint": "free some space, then try again"},
    ),
}


def document(operations: Iterable[Operation] = OPERATIONS) -> dict[str, Any]:
    """The whole document, ready for JSON."""
    operations = tuple(operations)
    shapes: list[Any] = [ErrorEnvelope]
    for operation in operations:
        shapes += [answer.shape for answer in operation.answers if answer.shape is not None]
        shapes += [operation.body] if operation.body else []
    schemas, components = msgspec.json.schema_components(shapes, ref_template=_REF)
    schema_of = dict(zip(map(repr, shapes), schemas, strict=True))
    paths: dict[str, Any] = {}
    for operation in operations:
        paths.setdefault(operation.path, {})[operation.method.lower()] = _operation(operation, schema_of)
    return {
        "openapi": "3.1.1",
        "info": {
            "title": "laststop",
            "version": __version__,
            "summary": "Where every change is, and orders to the pipeline.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/"}],
        "security": [{"bearer": []}, {"basic": []}],
        "paths": paths,
        "components": {
            "schemas": {name: _described(schema) for name, schema in components.items()},
            "responses": {code: _error(code, text, example) for code, text, example in ERRORS.values()},
            "securitySchemes": {
                "bearer": {"type": "http", "scheme": "bearer", "description": "A token: `lst_…`."},
                "basic": {"type": "http", "scheme": "basic", "description": "A token as password."},
            },
        },
    }


def _described(schema: dict[str, Any]) -> dict[str, Any]:
    """A shape with its docstring as prose, without the indentation of the code."""
    told = schema.get("description")
    return schema | {"description": cleandoc(told)} if told else schema


def _operation(operation: Operation, schema_of: dict[str, Any]) -> dict[str, Any]:
    needs = f"Needs scope `{operation.scope.value}`." if operation.scope else "Needs no token."
    statuses = sorted({*EVERYWHERE, *operation.errors})
    told: dict[str, Any] = {
        "operationId": operation.name,
        "summary": operation.summary,
        "description": " ".join(filter(None, (operation.text, needs))),
        "parameters": [*_path_parameters(operation.path), *map(_parameter, operation.parameters)],
        "responses": {
            **{str(answer.status): _answer(answer, schema_of) for answer in operation.answers},
            **{
                str(status): {"$ref": f"#/components/responses/{ERRORS[status][0]}"}
                for status in statuses
                if operation.scope is not None or status != 401  # noqa: PLR2004 - asks for no token
            },
        },
    }
    if operation.scope is None:
        told["security"] = []
    if operation.body is not None:
        content = {"schema": schema_of[repr(operation.body)], "example": operation.example}
        told["requestBody"] = {"required": not operation.body_optional, "content": {JSON: content}}
    return told


def _path_parameters(path: str) -> list[dict[str, Any]]:
    return [
        {
            "name": name,
            "in": "path",
            "required": True,
            "description": "Percent-encoded UTF-8 without a slash.",
            "schema": {"type": "string", "minLength": 1},
        }
        for name in _NAME.findall(path)
    ]


def _parameter(parameter: Parameter) -> dict[str, Any]:
    return {
        "name": parameter.name,
        "in": parameter.where,
        "required": False,
        "description": parameter.text,
        "schema": parameter.schema,
    }


def _answer(answer: Answer, schema_of: dict[str, Any]) -> dict[str, Any]:
    if answer.shape is None:
        return {"description": answer.text}
    return {
        "description": answer.text,
        "content": {answer.media: {"schema": schema_of[repr(answer.shape)]}},
    }


def _error(code: str, text: str, example: dict[str, str]) -> dict[str, Any]:
    body = {"error": {"code": code, **example}}
    schema = {"$ref": _REF.format(name=ErrorEnvelope.__name__)}
    return {"description": text, "content": {JSON: {"schema": schema, "example": body}}}

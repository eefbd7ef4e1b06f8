"""The reference page of the REST API, written from the OpenAPI document.

Run it after an operation changed: `python -m laststop.console.api_page docs/reference/rest.md`. A test
compares the two.
"""

import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from laststop.console.openapi import ERRORS, EVERYWHERE, document

_HEAD = """\
# The REST API

Everything the console shows and does, for scripts. A running server tells the same as OpenAPI 3.1 at
`/api/v1/openapi.json`, from which this page is made. Bodies are JSON in UTF-8, times ISO 8601 in UTC.

A token goes into `Authorization: Bearer lst_…`; on the loopback none is asked for. Each scope allows what
those before it do: `read` sees everything, `release` writes the catalog and starts, retries and stops runs,
`admin` makes and revokes tokens, rolls back and lifts. [How to use it in a CI job](../guides/ci.md).
"""
_ERRORS = """\
## Errors

Every error has one shape. `code` is stable, the rest is for people. Every address may answer 400, 401, 403,
421 and 503; the others stand with their requests.
"""
_NO_SLUG = re.compile(r"[^\w -]")


def page(described: dict[str, Any]) -> str:
    """The page, in Markdown."""
    parts = [_HEAD, _summary(described), *_operations(described), _errors(described), *_schemas(described)]
    return "\n".join(parts)


def _summary(described: dict[str, Any]) -> str:
    rows = "".join(
        f"| [`{request}`](#{_NO_SLUG.sub('', request).lower().replace(' ', '-')}) | {told['summary']} |\n"
        for request, told in _each(described)
    )
    return f"| request | does |\n|---|---|\n{rows}"


def _operations(described: dict[str, Any]) -> Iterator[str]:
    for request, told in _each(described):
        yield f"## {request}\n\n{told['summary']}. {told['description']}\n"
        rows = [_parameter(each) for each in told["parameters"] if each["in"] != "path"]
        if rows:
            yield "".join(["| parameter | in | type | |\n|---|---|---|---|\n", *rows])
        if body := told.get("requestBody"):
            content = body["content"]["application/json"]
            needed = "" if body["required"] else ", which may be left out"
            yield f"Body: {_type(content['schema'])}{needed}.\n\n{_json(content['example'])}"
        yield _answers(described, told)


def _each(described: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every request as `METHOD path`, with what is told of it."""
    for path, methods in described["paths"].items():
        for method, told in methods.items():
            yield f"{method.upper()} {path}", told


def _parameter(told: dict[str, Any]) -> str:
    return f"| `{told['name']}` | {told['in']} | {_type(told['schema'])} | {told['description']} |\n"


def _answers(described: dict[str, Any], told: dict[str, Any]) -> str:
    """How it ends; what may happen everywhere stands at the errors."""
    rows = []
    errors = described["components"]["responses"]
    for status, answer in sorted(told["responses"].items()):
        if "$ref" not in answer:
            [content] = answer.get("content", {"": {"schema": {}}}).values()
            rows.append(f"| {status} | {_type(content['schema'])} | {answer['description']} |\n")
        elif int(status) not in EVERYWHERE:
            name = answer["$ref"].rpartition("/")[2]
            rows.append(f"| {status} | `{name}` | {errors[name]['description']} |\n")
    return "".join(["| status | body | |\n|---|---|---|\n", *rows])


def _errors(described: dict[str, Any]) -> str:
    responses = described["components"]["responses"]
    rows = "".join(f"| {status} | `{code}` | {text} |\n" for status, (code, text, _) in ERRORS.items())
    example = responses["Denied"]["content"]["application/json"]["example"]
    return f"{_ERRORS}\n| status | code | when |\n|---|---|---|\n{rows}\n{_json(example)}"


def _schemas(described: dict[str, Any]) -> Iterator[str]:
    yield "## Shapes\n"
    for name, schema in sorted(described["components"]["schemas"].items()):
        text = schema.get("description", "").strip()
        yield f"### {name}\n\n{text}\n" if text else f"### {name}\n"
        if "enum" in schema:
            yield f"One of {', '.join(f'`{each}`' for each in schema['enum'])}.\n"
        required = schema.get("required", ())
        rows = [
            f"| `{member}` | {_type(each)} | {'always' if member in required else _default(each)} |\n"
            for member, each in schema.get("properties", {}).items()
        ]
        if rows:
            yield "".join(["| member | type | |\n|---|---|---|\n", *rows])


def _type(schema: dict[str, Any]) -> str:
    """A schema in a few words, with links to the shapes it names."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return f"[{name}](#{name.lower()})"
    if "anyOf" in schema:
        return " or ".join(map(_type, schema["anyOf"]))
    if "enum" in schema:
        return " or ".join(f"`{each}`" for each in schema["enum"])
    kind = schema.get("type", "nothing" if not schema else "any value")
    if kind == "array" and "items" in schema:
        return f"array of {_type(schema['items'])}"
    if kind == "object" and schema.get("additionalProperties"):
        return f"object of {_type(schema['additionalProperties'])}"
    bounds = [f"{schema[key]}" for key in ("minimum", "maximum") if key in schema]
    return f"{kind} ({' to '.join(bounds)})" if len(bounds) == 2 else str(kind)  # noqa: PLR2004


def _default(schema: dict[str, Any]) -> str:
    default = schema.get("default")
    return f"default `{json.dumps(default)}`" if default not in (None, "", {}, []) else "may be left out"


def _json(value: object) -> str:
    return f"```json\n{json.dumps(value, ensure_ascii=False)}\n```\n"


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(page(document()), encoding="utf-8")

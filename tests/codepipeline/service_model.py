"""Every answer held against botocore's model of CodePipeline: members, types, enums, patterns, bounds, errors."""

import re
from functools import cache
from typing import Any

import botocore.session
from botocore.awsrequest import HeadersDict
from botocore.parsers import create_parser

COMMON_ERRORS = {
    "AccessDeniedException": 403,
    "IncompleteSignatureException": 403,
    "InternalFailure": 500,
    "InvalidSignatureException": 403,
    "MalformedHttpRequestException": 400,
    "MissingAuthenticationTokenException": 403,
    "RequestEntityTooLargeException": 413,
    "SerializationException": 400,
    "ServiceUnavailableException": 503,
    "UnknownOperationException": 404,
    "UnrecognizedClientException": 403,
    "UnsupportedOperationException": 400,
    "ValidationException": 400,
}
"""What any operation of any AWS service may answer, with its HTTP status."""


@cache
def model():
    return botocore.session.get_session().get_service_model("codepipeline")


def faults(operation: str, answer: Any) -> list[str]:
    """Where an answer is not what the model promises; empty when it is."""
    shape = model().operation_model(operation).output_shape
    if shape is None:
        return [] if answer in (None, {}) else [f"{operation} answers nothing, and it said {answer!r:.200}"]
    return list(_faults(shape, answer, operation))


def error_faults(operation: str, status: int, body: Any, header: str) -> list[str]:
    """Where an error is not one that the operation may answer."""
    if not isinstance(body, dict) or set(body) != {"__type", "message"}:
        return [f"an error has __type and message, not {body!r:.200}"]
    code = body["__type"]
    own = (
        {shape.name for shape in model().operation_model(operation).error_shapes}
        if operation in model().operation_names
        else set()
    )
    found = []
    if code not in own and code not in COMMON_ERRORS:
        found.append(f"{operation} may not answer {code}")
    if status != (400 if code in own else COMMON_ERRORS.get(code, 400)):
        found.append(f"{code} has the status {status}")
    if header != code:
        found.append(f"x-amzn-ErrorType is {header}, and the body says {code}")
    if not isinstance(body["message"], str) or not body["message"]:
        found.append("the message is empty")
    return found


def _faults(shape: Any, value: Any, place: str):
    kinds, check = _CHECKS[shape.type_name]
    if not isinstance(value, kinds) or (isinstance(value, bool) and bool not in kinds):
        yield f"{place}: no {shape.type_name} but {value!r:.80}"
        return
    yield from check(shape, value, place)


def _list(shape: Any, value: list, place: str):
    yield from _bounds(shape, len(value), place)
    for number, each in enumerate(value):
        yield from _faults(shape.member, each, f"{place}[{number}]")


def _map(shape: Any, value: dict, place: str):
    yield from _bounds(shape, len(value), place)
    for key, each in value.items():
        yield from _faults(shape.key, key, f"{place}.(key)")
        yield from _faults(shape.value, each, f"{place}.{key}")


def _structure(shape: Any, value: Any, place: str):
    for name in shape.required_members:
        if name not in value:
            yield f"{place}.{name} is required"
    for name, each in value.items():
        member = shape.members.get(name)
        if member is None:
            yield f"{place}.{name} is unknown"
        else:
            yield from _faults(member, each, f"{place}.{name}")


def _string(shape: Any, value: Any, place: str):
    enum = shape.metadata.get("enum")
    if enum and value not in enum:
        yield f"{place}: {value!r:.80} is none of {enum}"
    yield from _bounds(shape, len(value), place)
    pattern = shape.metadata.get("pattern")
    if pattern and not re.fullmatch(pattern, value, re.DOTALL):
        yield f"{place}: {value!r:.80} does not match {pattern}"


def _bounds(shape: Any, size: int, place: str):
    least, most = shape.metadata.get("min"), shape.metadata.get("max")
    if (least is not None and size < least) or (most is not None and size > most):
        yield f"{place}: {size} is not between {least} and {most}"


def _nothing(*_: Any):
    return ()


_CHECKS = {
    "structure": ((dict,), _structure),
    "list": ((list,), _list),
    "map": ((dict,), _map),
    "string": ((str,), _string),
    "timestamp": ((int, float), _nothing),
    "boolean": ((bool,), _nothing),
    "integer": ((int,), _bounds),
    "long": ((int,), _bounds),
}


def parsed(operation: str, status: int, headers: dict[str, str], body: bytes) -> Any:
    """An answer as boto3 would give it to its caller; raises what boto3's parser raises."""
    shape = model().operation_model(operation).output_shape
    response = {"status_code": status, "headers": HeadersDict(headers), "body": body}
    return create_parser(model().metadata["protocol"]).parse(response, shape)

"""Conditional and partial requests: what their headers ask for."""

import re

import msgspec

_ENTITY_TAG = re.compile(rb'(?:W/)?("[^"]*")')
_SINGLE_RANGE = re.compile(rb"bytes=[ \t]*(\d{0,18})-(\d{0,18})[ \t]*", re.IGNORECASE)


class Span(msgspec.Struct, frozen=True, kw_only=True):
    """A part of a body, both ends included. Units: bytes."""

    first: int
    last: int


class Unsatisfiable(msgspec.Struct, frozen=True, kw_only=True):
    """A range that no byte of the body lies in."""


def names_etag(values: list[bytes], etag: bytes) -> bool:
    """Whether an `If-None-Match` holds `etag`, compared weakly, or is `*`.

    Source: RFC 9110, 13.1.2.
    """
    text = b",".join(values)
    return text.strip() == b"*" or etag in _ENTITY_TAG.findall(text)


def wanted_span(
    values: list[bytes], if_range: list[bytes], *, etag: bytes, size_bytes: int
) -> Span | Unsatisfiable | None:
    """The one range a reader asks for; None means the whole body.

    Several ranges, other units and nonsense are ignored, as RFC 9110, 14.2 allows; so is a range whose
    `If-Range` is not exactly this body's strong ETag.
    """
    if len(values) != 1 or (if_range and if_range != [etag]):
        return None
    match = _SINGLE_RANGE.fullmatch(values[0])
    if match is None or match.group() == b"":
        return None
    first, last = match.groups()
    if not first and not last:
        return None
    if not first:
        length = min(int(last), size_bytes)
        return Span(first=size_bytes - length, last=size_bytes - 1) if length else Unsatisfiable()
    begin = int(first)
    end = int(last) if last else size_bytes - 1
    if last and end < begin:
        return None
    return Span(first=begin, last=min(end, size_bytes - 1)) if begin < size_bytes else Unsatisfiable()

"""Records of a DynamoDB stream, as Lambda gets them.

Source: `Record` and `StreamRecord` in botocore's DynamoDB streams model (1.43), and captured batches in
`tests/events/`.
"""

import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any, Literal, TypeAlias, TypeVar

import msgspec

from laststop.catalog.change import Change, Event, sequence_text
from laststop.catalog.columns import OWN_COLUMNS, Columns
from laststop.catalog.item import image_of, item_of, key_of, keys_item
from laststop.catalog.typed_value import item_size_bytes
from laststop.errors import UsageError
from laststop.words.digests import digest_of
from laststop.words.instants import Instant

VIEW_TYPE = "NEW_AND_OLD_IMAGES"
_EVENT_SOURCE = "aws:dynamodb"
_LONGEST_SEQUENCE_DIGITS = 40

_IMAGES: dict[Event, tuple[bool, bool]] = {
    "INSERT": (False, True),
    "MODIFY": (True, True),
    "REMOVE": (True, False),
}
"""Event -> whether its record has an old and a new image."""

_Shape = TypeVar("_Shape")
_Item: TypeAlias = dict[str, dict[str, Any]]


class Undecodable(msgspec.Struct, frozen=True, kw_only=True):
    """A record that cannot be used: set aside with its reason, never in its neighbours' way.

    `sequence_number` is the record's own text, empty when even that cannot be read; `record` is the whole of
    it as JSON.
    """

    sequence_number: str
    reason: str
    record: bytes


class _StreamRecord(msgspec.Struct, frozen=True, kw_only=True, rename="pascal"):
    sequence_number: str
    approximate_creation_date_time: float
    keys: _Item
    new_image: _Item | None = None
    old_image: _Item | None = None


class _Record(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    event_name: Event
    event_source: Literal["aws:dynamodb"]
    dynamodb: _StreamRecord


class _RawBatch(msgspec.Struct, frozen=True, kw_only=True, rename="pascal"):
    records: list[msgspec.Raw]  # decoded one by one, so that one alone can fail


class _Batch(msgspec.Struct, frozen=True, kw_only=True, rename="pascal"):
    records: list[Any]


class _Numbered(msgspec.Struct, frozen=True, kw_only=True, rename="pascal"):
    sequence_number: str = ""


class _Envelope(msgspec.Struct, frozen=True, kw_only=True):
    dynamodb: _Numbered


def encode_record(change: Change, *, arn: str, region: str, columns: Columns = OWN_COLUMNS) -> dict[str, Any]:
    """The record that Lambda would get for a change; the same change always gives the same record.

    `arn` is the stream's. Limit: `SizeBytes` follows the documented rules, which AWS calls approximate; the
    time loses its fraction of a second, as on AWS.
    """
    keys = keys_item(change.algorithm, change.version, columns)
    images = {
        name: item_of(change.algorithm, change.version, image, columns)
        for name, image in (("NewImage", change.new), ("OldImage", change.old))
        if image is not None
    }
    sequence = sequence_text(change.sequence_number)
    return {
        "eventID": digest_of(f"{arn}\n{sequence}".encode())[:32],
        "eventName": change.event,
        "eventVersion": "1.1",
        "eventSource": _EVENT_SOURCE,
        "awsRegion": region,
        "dynamodb": {
            "ApproximateCreationDateTime": float(int(change.at.timestamp())),
            "Keys": keys,
            **images,
            "SequenceNumber": sequence,
            "SizeBytes": sum(map(item_size_bytes, (keys, *images.values()))),
            "StreamViewType": VIEW_TYPE,
        },
        "eventSourceARN": arn,
    }


def decode_record(raw: bytes | Mapping[str, Any], columns: Columns = OWN_COLUMNS) -> Change:
    """Read one record, given as JSON or as decoded JSON; unknown members are ignored.

    Raises: UsageError with the place in the record that cannot be used.
    """
    return _change(_parsed(raw, _Record), columns)


def decode_batch(
    raw: bytes | Mapping[str, Any], columns: Columns = OWN_COLUMNS
) -> tuple[Change | Undecodable, ...]:
    """Read what Lambda hands over, in its order: one result for every record.

    Raises: UsageError only when the whole is no batch of records.
    """
    return tuple(_change_or_reason(record, columns) for record in _records(raw))


def _records(raw: bytes | Mapping[str, Any]) -> Sequence[object]:
    """The records of a batch, undecoded."""
    if not isinstance(raw, bytes):
        return _parsed(raw, _Batch).records
    try:
        return _parsed(raw, _RawBatch).records
    except UsageError:
        # one broken text spoils the batch for the strict parser; the lenient one finds the record it is in
        with suppress(ValueError, RecursionError):
            return _parsed(json.loads(raw), _Batch).records
        raise


def _change_or_reason(raw: object, columns: Columns) -> Change | Undecodable:
    """One record of a batch."""
    try:
        return _change(_parsed(raw, _Record), columns)
    except UsageError as error:
        return Undecodable(sequence_number=_sequence_of(raw), reason=str(error), record=_whole(raw))


def _sequence_of(raw: object) -> str:
    """The sequence number of a record that is otherwise unusable."""
    try:
        return _parsed(raw, _Envelope).dynamodb.sequence_number
    except UsageError:
        return ""


def _whole(raw: object) -> bytes:
    """A record as JSON in ASCII, whatever it is; the standard library's encoder also takes broken texts."""
    return bytes(raw) if isinstance(raw, msgspec.Raw) else json.dumps(raw, default=repr).encode()


def _parsed(raw: object, shape: type[_Shape]) -> _Shape:
    """JSON, or decoded JSON, in a known shape, with every text valid."""
    try:
        if isinstance(raw, (bytes, msgspec.Raw)):
            return msgspec.json.decode(raw, type=shape)
        if shape is not _Batch:  # one broken text must not fail a whole batch
            return msgspec.json.decode(msgspec.json.encode(raw), type=shape)
        return msgspec.convert(raw, shape)
    except (msgspec.MsgspecError, UnicodeError, RecursionError, TypeError) as error:
        raise UsageError(f"does not look like one of a DynamoDB stream: {error}", place="record") from error


def _change(record: _Record, columns: Columns) -> Change:
    """The change a record tells."""
    body = record.dynamodb
    algorithm, version = key_of(body.keys, columns)
    old = None if body.old_image is None else image_of(body.old_image, columns, past=True)
    new = None if body.new_image is None else image_of(body.new_image, columns)
    has_old, has_new = _IMAGES[record.event_name]
    if (old is not None, new is not None) != (has_old, has_new):
        raise UsageError(
            f"the images do not fit the event {record.event_name}",
            place="dynamodb",
            hint=f"the stream's view type must be {VIEW_TYPE}",
        )
    return Change(
        sequence_number=_sequence_number(body.sequence_number),
        event=record.event_name,
        algorithm=algorithm,
        version=version,
        old=old,
        new=new,
        at=_moment(body.approximate_creation_date_time),
        identifier=body.sequence_number,
    )


def _sequence_number(text: str) -> int:
    """A sequence number as a number, which is how its size compares."""
    if not (text.isascii() and text.isdigit() and len(text) <= _LONGEST_SEQUENCE_DIGITS):
        raise UsageError(f"{text[:50]!r} is no sequence number", place="dynamodb.SequenceNumber")
    return int(text)


def _moment(epoch_seconds: float) -> Instant:
    """The time of a record."""
    try:
        return datetime.fromtimestamp(epoch_seconds, UTC)
    except (ValueError, OverflowError, OSError) as error:
        raise UsageError("is beyond the calendar", place="dynamodb.ApproximateCreationDateTime") from error

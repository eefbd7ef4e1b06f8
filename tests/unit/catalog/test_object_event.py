import json
from datetime import UTC, datetime

import msgspec
import pytest

from laststop.catalog.object_event import ObjectCreated, decode_object_created, encode_object_created
from laststop.errors import UsageError

EVENT = ObjectCreated(
    bucket="documents",
    key="routing.zip",
    version_id="v1",
    etag="e1",
    size_bytes=512,
    sequencer="00617F08299329D189",
    at=datetime(2026, 11, 23, 17, 33, 11, tzinfo=UTC),
)
SHAPE = {"account": "000000000000", "region": "eu-west-1"}


def test_the_event_has_the_shape_eventbridge_delivers():
    encoded = encode_object_created(EVENT, **SHAPE)
    assert set(encoded) == {
        "version", "id", "detail-type", "source", "account", "time", "region", "resources", "detail",
    }  # fmt: skip
    assert encoded["detail-type"] == "Object Created"
    assert encoded["time"] == "2026-11-23T17:33:11Z"
    assert encoded["resources"] == ["arn:aws:s3:::documents"]
    assert encoded["detail"]["object"] == {
        "key": "routing.zip",
        "size": 512,
        "etag": "e1",
        "version-id": "v1",
        "sequencer": "00617F08299329D189",
    }
    assert set(encoded["detail"]) == {
        "version", "bucket", "object", "request-id", "requester", "source-ip-address", "reason",
    }  # fmt: skip


def test_an_event_survives_the_wire():
    encoded = encode_object_created(EVENT, **SHAPE)
    assert decode_object_created(encoded) == decode_object_created(json.dumps(encoded).encode()) == EVENT


def test_a_repeated_event_is_the_same_and_another_version_another():
    other = msgspec.structs.replace(EVENT, version_id="v2")
    assert encode_object_created(EVENT, **SHAPE) == encode_object_created(EVENT, **SHAPE)
    assert encode_object_created(EVENT, **SHAPE)["id"] != encode_object_created(other, **SHAPE)["id"]


def test_sequencers_of_different_length_are_ordered():
    shorter = msgspec.structs.replace(EVENT, sequencer="FF")
    longer = msgspec.structs.replace(EVENT, sequencer="0100")
    assert shorter.order < longer.order


def test_an_unversioned_foreign_event_is_read_with_what_it_has():
    raw = {
        "source": "aws.s3",
        "detail-type": "Object Created",
        "time": "2026-11-23T17:33:11Z",
        "detail": {"bucket": {"name": "b"}, "object": {"key": "k", "etag": "e"}},
    }
    event = decode_object_created(raw)
    assert (event.version_id, event.sequencer, event.order) == ("", "", 0)


@pytest.mark.parametrize(
    "damage",
    [
        {"detail-type": "Object Deleted"},
        {"source": "aws.codepipeline"},
        {"time": "yesterday"},
        {"time": "2026-11-23T17:33:11"},
        {"detail": {}},
        {"detail": {"bucket": {"name": "b"}, "object": {"key": "k", "etag": "e", "sequencer": "xyz"}}},
    ],
)
def test_another_event_is_refused(damage):
    with pytest.raises(UsageError):
        decode_object_created(encode_object_created(EVENT, **SHAPE) | damage)


@pytest.mark.parametrize("raw", [b"", b"[]", b"\xff", b"[" * 100_000])
def test_nonsense_is_refused(raw):
    with pytest.raises(UsageError):
        decode_object_created(raw)

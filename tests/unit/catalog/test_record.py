import json
from datetime import UTC, datetime

import msgspec
import pytest

from laststop.catalog.change import Change, Image, change_between, sequence_text
from laststop.catalog.columns import Columns
from laststop.catalog.record import Undecodable, decode_batch, decode_record, encode_record
from laststop.errors import UsageError

ARN = "arn:aws:dynamodb:eu-west-1:000000000000:table/catalog/stream/2026-01-01T00:00:00.000"
CHANGE = change_between(
    sequence_number=42,
    algorithm="ospf",
    version="1.0",
    old=Image(type="routing", phase="UPLOADED"),
    new=Image(type="routing", phase="PACKAGE_TESTS_COMPLETE", attributes={"title": "OSPF", "n": 3}),
    at=datetime(2026, 11, 23, 17, 33, 11, tzinfo=UTC),
)


def record(**changes):
    """A good record with members of its `dynamodb` part replaced (None: left out)."""
    encoded = encode_record(CHANGE, arn=ARN, region="eu-west-1")
    body = {name: value for name, value in (encoded["dynamodb"] | changes).items() if value is not None}
    return encoded | {"dynamodb": body}


def test_a_record_has_the_shape_lambda_gets():
    assert encode_record(CHANGE, arn=ARN, region="eu-west-1") == {
        "eventID": "e0933725871fff0d4f499034332e7628",
        "eventName": "MODIFY",
        "eventVersion": "1.1",
        "eventSource": "aws:dynamodb",
        "awsRegion": "eu-west-1",
        "dynamodb": {
            "ApproximateCreationDateTime": 1795455191.0,
            "Keys": {"algorithm": {"S": "ospf"}, "version": {"S": "1.0"}},
            "OldImage": {
                "algorithm": {"S": "ospf"},
                "version": {"S": "1.0"},
                "type": {"S": "routing"},
                "phase": {"S": "UPLOADED"},
            },
            "NewImage": {
                "algorithm": {"S": "ospf"},
                "version": {"S": "1.0"},
                "type": {"S": "routing"},
                "phase": {"S": "PACKAGE_TESTS_COMPLETE"},
                "title": {"S": "OSPF"},
                "n": {"N": "3"},
            },
            "SequenceNumber": "000000000000000000042",
            "SizeBytes": 143,
            "StreamViewType": "NEW_AND_OLD_IMAGES",
        },
        "eventSourceARN": ARN,
    }


def test_the_same_change_gives_the_same_record_and_another_another_id():
    again = encode_record(CHANGE, arn=ARN, region="eu-west-1")
    other = encode_record(msgspec.structs.replace(CHANGE, sequence_number=43), arn=ARN, region="eu-west-1")
    assert again == record()
    assert other["eventID"] != again["eventID"]


def test_a_record_is_read_as_bytes_and_as_decoded_json():
    assert decode_record(record()) == decode_record(json.dumps(record()).encode()) == CHANGE


def test_the_names_of_an_existing_table_are_kept():
    columns = Columns(algorithm="name", version="release", type="kind", phase="state")
    encoded = encode_record(CHANGE, arn=ARN, region="eu-west-1", columns=columns)
    assert encoded["dynamodb"]["Keys"] == {"name": {"S": "ospf"}, "release": {"S": "1.0"}}
    assert encoded["dynamodb"]["NewImage"]["state"] == {"S": "PACKAGE_TESTS_COMPLETE"}
    assert decode_record(encoded, columns) == CHANGE


def test_unknown_members_are_ignored():
    encoded = record(Later={"x": 1}) | {"userIdentity": {"type": "Service"}, "new": []}
    assert decode_record(encoded) == CHANGE


def test_the_spelling_of_a_sequence_number_is_kept_for_the_answer():
    padded = decode_record(record(SequenceNumber="000000017954567695450000000001"))
    assert padded.sequence_number == 17954567695450000000001
    assert padded.identifier == "000000017954567695450000000001"
    assert CHANGE.identifier == sequence_text(42) == "000000000000000000042"


def test_a_row_without_a_phase_or_with_null_can_be_read():
    image = {"algorithm": {"S": "ospf"}, "version": {"S": "1.0"}, "phase": {"NULL": True}}
    change = decode_record(record(NewImage=image))
    assert (change.new_phase, change.new.type) == ("", "")


def test_a_change_that_replaces_an_unreadable_value_is_heard():
    old = record()["dynamodb"]["OldImage"] | {"blob": {"B": "AAEC"}, "kept": {"S": "x"}}
    change = decode_record(record(OldImage=old))
    assert change.old.attributes == {"kept": "x"}


BROKEN = {
    "binary": (
        record(NewImage=record()["dynamodb"]["NewImage"] | {"blob": {"B": "AAEC"}}),
        "blob: is binary",
    ),
    "no keys": (record(Keys=None), "Keys"),
    "empty keys": (record(Keys={}), "algorithm: is missing"),
    "numeric key": (record(Keys={"algorithm": {"S": "a"}, "version": {"N": "1"}}), "version: is no text"),
    "slash in a key": (record(Keys={"algorithm": {"S": "a/b"}, "version": {"S": "1"}}), "slash"),
    "foreign marker": (record(Keys={"algorithm": {"S": "a"}, "version": {"S": "#other"}}), "own items"),
    "no old image": (record(OldImage=None), "images do not fit the event MODIFY"),
    "no images": (record(OldImage=None, NewImage=None), "images do not fit the event MODIFY"),
    "phase is a number": (record(NewImage={"phase": {"N": "1"}}), "phase: is no text"),
    "no time": (record(ApproximateCreationDateTime=None), "CreationDateTime"),
    "a time beyond the calendar": (record(ApproximateCreationDateTime=1e18), "calendar"),
    "no sequence number": (record(SequenceNumber=None), "SequenceNumber"),
    "a sequence number in words": (record(SequenceNumber="seven"), "no sequence number"),
    "a negative sequence number": (record(SequenceNumber="-1"), "no sequence number"),
    "an endless sequence number": (record(SequenceNumber="9" * 5000), "no sequence number"),
    "another source": (record() | {"eventSource": "aws:s3"}, "aws:s3"),
    "another event": (record() | {"eventName": "TRUNCATE"}, "TRUNCATE"),
    "half a surrogate pair": (record(Keys={"algorithm": {"S": "\ud800"}, "version": {"S": "1"}}), "stream"),
    "no record": ([1, 2], "stream"),
    "null": (None, "stream"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_record_is_set_aside_and_its_neighbours_are_read(name):
    broken, words = BROKEN[name]
    event = {"Records": [record(), broken, record(SequenceNumber="000000000000000000043")]}
    for given in (event, json.dumps(event).encode()):
        first, second, third = decode_batch(given)
        assert first == CHANGE
        assert isinstance(second, Undecodable)
        assert words in second.reason
        assert json.loads(second.record) == broken
        assert isinstance(third, Change)


def test_a_record_set_aside_keeps_its_own_number_if_it_has_one():
    kept, lost = decode_batch({"Records": [record(Keys={}), record(Keys={}, SequenceNumber=None)]})
    assert (kept.sequence_number, lost.sequence_number) == ("000000000000000000042", "")


def test_a_deep_record_harms_nobody():
    value = {"S": "deep"}
    for _ in range(200):
        value = {"L": [value]}
    deep = record(NewImage=record()["dynamodb"]["NewImage"] | {"deep": value})
    first, second = decode_batch(json.dumps({"Records": [deep, record()]}).encode())
    assert "32 levels" in first.reason
    assert second == CHANGE


@pytest.mark.parametrize(
    "event",
    [
        b"",
        b"[]",
        b"{}",
        b"{",
        b'{"Records": 1}',
        b"\xff",
        b"[" * 100_000,
        {},
        {"Records": None},
        {"records": []},
    ],
)
def test_what_is_no_batch_is_refused(event):
    with pytest.raises(UsageError):
        decode_batch(event)


def test_an_empty_batch_is_fine():
    assert decode_batch(b'{"Records": []}') == ()

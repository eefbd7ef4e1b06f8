"""Records as an emulated event source mapping delivered them, and our own encoder's for the same series of changes.

`tests/events/capture_dynamodb_stream.py` says how the batches were captured.
"""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from laststop.catalog.active import active
from laststop.catalog.algorithm import Algorithm
from laststop.catalog.attributes import checked_attributes, identical
from laststop.catalog.change import Change, Image, change_between, image_of_pin
from laststop.catalog.columns import OWN_COLUMNS
from laststop.catalog.document import delta, empty, entries_for, with_entries
from laststop.catalog.document_zip import pack
from laststop.catalog.phases import Phases
from laststop.catalog.record import decode_batch, encode_record
from laststop.catalog.standing import counting, evidence, merged
from laststop.catalog.version import PIN

EVENTS = Path(__file__).parent.parent / "events"
TYPES = ("routing", "firewall", "switching")
ARN = "arn:aws:dynamodb:us-east-1:000000000000:table/catalog/stream/2026-01-01T00:00:00.000"
PHASES = Phases()


def captured_events():
    return json.loads((EVENTS / "dynamodb-stream-batches.json").read_text())


def our_events():
    """The series as the embedded catalog makes it, in records of our own."""
    items, records = {}, []
    for step in json.loads((EVENTS / "dynamodb-stream-series.json").read_text()):
        key = (step["algorithm"], PIN if step["do"] == "pin" else step["version"])
        new = wanted(step, items.get(key))
        change = change_between(
            sequence_number=len(records) + 1,
            algorithm=key[0],
            version=key[1],
            old=items.pop(key, None),
            new=new,
            at=datetime(2026, 11, 23, tzinfo=UTC),
        )
        if new is not None:
            items[key] = new
        if change is not None:
            records.append(encode_record(change, arn=ARN, region="us-east-1"))
    return [{"Records": records}]


def wanted(step, old):
    match step:
        case {"do": "remove"}:
            return None
        case {"do": "pin", "version": version}:
            return image_of_pin(version)
        case {"do": "phase", "phase": phase}:
            return Image(type=old.type, phase=phase, attributes=old.attributes)
        case {"do": "put", "type": type_, "phase": phase, "attributes": attributes}:
            normal = checked_attributes(attributes, OWN_COLUMNS.reserved)
            return Image(type=type_, phase=phase, attributes=normal)


def changes_of(events):
    changes = [change for event in events for change in decode_batch(json.dumps(event).encode())]
    assert all(isinstance(change, Change) for change in changes)
    return changes


def document_after(changes):
    """What a publisher that is given the changes one by one ends with; the rows are those the images tell."""
    rows, pins, standings = {}, {}, ()
    document = empty("documents", TYPES)
    for change in changes:
        name = change.algorithm
        if change.is_pin:
            pins[name] = change.new and change.new.pin
        else:
            rows.setdefault(name, {})[change.version] = change.row
        proved = evidence(change, PHASES)
        standings = merged([*standings, *([proved] if proved else [])])
        if not change.wakes(PHASES):
            continue
        standing_rows = tuple(filter(None, rows.get(name, {}).values()))
        algorithm = Algorithm(name=name, versions=standing_rows, pin=pins.get(name))
        row = active(counting(algorithm, standings, PHASES), algorithm.pin)
        document = with_entries(document, entries_for(name, row, TYPES))
    return document


def keys_of(value):
    """The names in a JSON value, at every depth, without the values."""
    match value:
        case dict():
            return {name: keys_of(each) for name, each in value.items()}
        case list():
            return [keys_of(each) for each in value]
        case _:
            return type(value).__name__ if not isinstance(value, float) else "int"


def records_of(events):
    return [record for event in events for record in event["Records"]]


def test_the_captured_series_is_whole():
    assert len(captured_events()) > 1
    assert len(records_of(captured_events())) == len(records_of(our_events())) == 24
    assert {record["eventName"] for record in records_of(captured_events())} == {"INSERT", "MODIFY", "REMOVE"}


def test_both_tell_the_same_changes():
    for captured, ours in zip(changes_of(captured_events()), changes_of(our_events()), strict=True):
        assert (captured.event, captured.algorithm, captured.version) == (
            ours.event,
            ours.algorithm,
            ours.version,
        )
        assert identical((captured.old, captured.new), (ours.old, ours.new))


def test_both_lead_to_the_same_document():
    captured, ours = (document_after(changes_of(events)) for events in (captured_events(), our_events()))
    assert pack(captured) == pack(ours)
    shown = {each.algorithm: each.after.version for each in delta(empty("documents", TYPES), ours)}
    # 1.10 is in a re-test and stays; the pin on 2024_05 was lifted; 2.6 was retired; stp-guard was deleted
    assert shown == {"ospf-area": "1.10", "acl-merge": "2025_01", "vlan-map": "2.5"}


def test_numbers_and_texts_of_the_page_survive_both_ways():
    document = document_after(changes_of(captured_events()))
    assert identical(
        document.entry("routing", "ospf-area").attributes,
        {
            "title": "OSPF areas",
            "inputs": 4,
            "ratio": 0.125,
            "tags": ["fast", "v2"],
            "limits": {"hosts": 1000000, "deep": [{"on": True, "off": False}, None]},
            "empty": "",
            "none": None,
        },
    )


@pytest.mark.parametrize("index", range(24))
def test_records_have_the_same_keys_at_every_depth(index):
    captured, ours = (keys_of(records_of(events)[index]) for events in (captured_events(), our_events()))
    assert captured == ours


def test_captured_numbers_order_the_changes_of_one_item():
    seen = {}
    for change in changes_of(captured_events()):
        assert change.sequence_number > seen.get((change.algorithm, change.version), 0)
        seen[change.algorithm, change.version] = change.sequence_number


def test_repeated_batches_change_nothing():
    changes = changes_of(captured_events())
    once = [proved for change in changes if (proved := evidence(change, PHASES))]
    assert merged([*once, *once]) == merged(once)

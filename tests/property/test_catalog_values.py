"""What the catalog writes, it reads back; what it never wrote, it refuses or reads, and nothing else."""

import json
from datetime import UTC, datetime

from hypothesis import given, settings
from hypothesis import strategies as st

from laststop.catalog.attributes import DEEPEST_LEVEL, checked_attributes, identical
from laststop.catalog.change import Image, change_between
from laststop.catalog.columns import OWN_COLUMNS, Columns
from laststop.catalog.document import Document, Entry, delta, with_entries
from laststop.catalog.document_zip import pack, unpack
from laststop.catalog.names import check_name
from laststop.catalog.record import Undecodable, decode_batch, decode_record, encode_record
from laststop.catalog.typed_value import plain_value, typed_value
from laststop.catalog.version import PIN
from laststop.errors import UsageError

ARN = "arn:aws:dynamodb:eu-west-1:000000000000:table/catalog/stream/2026-01-01T00:00:00.000"
SOME_COLUMNS = st.sampled_from(
    [OWN_COLUMNS, Columns(algorithm="name", version="v", type="kind", phase="state")]
)


def usable(name):
    return refusal(check_name, name, "name") is None


def refusal(function, *arguments):
    """The place a function names when it refuses; None when it does not."""
    try:
        function(*arguments)
    except UsageError as error:
        return error.place
    return None


texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
numbers = st.integers(-(10**20), 10**20) | st.floats(allow_nan=False, allow_infinity=False, width=32).filter(
    lambda number: not number or 1e-30 < abs(number) < 1e30
)
json_values = st.recursive(
    st.none() | st.booleans() | numbers | texts,
    lambda children: (
        st.lists(children, max_size=4) | st.dictionaries(texts.filter(bool), children, max_size=4)
    ),
    max_leaves=10,
)
reserved = {*OWN_COLUMNS.reserved, "name", "v", "kind", "state"}
attributes = st.dictionaries(
    texts.filter(lambda name: name and name not in reserved), json_values, max_size=4
).map(lambda given: checked_attributes(given, reserved))
usable_names = (st.from_regex(r"[A-Za-z0-9._+~!@:-]{1,20}", fullmatch=True) | texts).filter(usable)
images = st.builds(Image, type=texts, phase=texts, attributes=attributes)
moments = st.integers(0, 4 * 10**9).map(lambda seconds: datetime.fromtimestamp(seconds, UTC))
changes = st.builds(
    change_between,
    sequence_number=st.integers(1, 10**40 - 1),
    algorithm=usable_names,
    version=usable_names | st.just(PIN),
    old=images | st.none() | st.builds(Image, pin=texts),
    new=images | st.none() | st.builds(Image, pin=texts),
    at=moments,
).filter(lambda change: change is not None)


@given(attributes)
def test_the_normal_form_of_attributes_is_what_a_table_returns(given_attributes):
    assert identical(checked_attributes(given_attributes, ()), given_attributes)
    for name, value in given_attributes.items():
        assert identical(plain_value(typed_value(value), name), value)


@settings(deadline=None)
@given(changes, SOME_COLUMNS)
def test_a_change_survives_the_stream(change, columns):
    record = encode_record(change, arn=ARN, region="eu-west-1", columns=columns)
    assert decode_record(record, columns) == change
    (from_bytes,) = decode_batch(json.dumps({"Records": [record]}).encode(), columns)
    assert identical(from_bytes, change)


any_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda children: (
        st.lists(children, max_size=3)
        | st.dictionaries(
            st.sampled_from(["S", "N", "M", "L", "B", "SS", "phase", "version"]), children, max_size=3
        )
    ),
    max_leaves=8,
)


@settings(deadline=None)
@given(changes, any_json, st.sampled_from(["Keys", "NewImage", "OldImage", "SequenceNumber", "SizeBytes"]))
def test_a_damaged_record_never_harms_its_neighbour(change, damage, member):
    record = encode_record(change, arn=ARN, region="eu-west-1")
    damaged = record | {"dynamodb": record["dynamodb"] | {member: damage}}
    for event in ({"Records": [damaged, record]}, json.dumps({"Records": [damaged, record]}).encode()):
        _, neighbour = decode_batch(event)
        assert neighbour == change


@settings(deadline=None)
@given(any_json)
def test_anything_in_place_of_a_record_is_set_aside(anything):
    (result,) = decode_batch({"Records": [anything]})
    assert isinstance(result, Undecodable)
    assert result.reason


@given(any_json, st.integers(1, DEEPEST_LEVEL))
def test_a_typed_value_is_read_or_refused(anything, level):
    place = refusal(plain_value, anything, "x", level)
    assert place is None or place.startswith("x")


entries = st.builds(Entry, version=usable_names, attributes=attributes)
documents = st.builds(
    Document,
    object=st.just("documents"),
    generation=st.integers(0, 2**53),
    types=st.dictionaries(
        st.from_regex(r"[A-Za-z0-9_-]{1,10}", fullmatch=True),
        st.dictionaries(usable_names, entries, max_size=3),
        min_size=1,
        max_size=3,
    ),
)


@settings(deadline=None)
@given(documents)
def test_a_document_survives_packing_and_packs_to_the_same_bytes(document):
    content = pack(document)
    assert identical(unpack("documents", content), document)
    assert pack(unpack("documents", content)) == content


@settings(deadline=None)
@given(documents, documents)
def test_different_documents_are_different_bytes(left, right):
    assert (pack(left) == pack(right)) is identical(left, right)


@settings(deadline=None)
@given(documents, st.data())
def test_a_delta_leads_from_one_document_to_the_other(old, data):
    keys = st.tuples(st.sampled_from(sorted(old.types)), usable_names)
    new = with_entries(old, data.draw(st.dictionaries(keys, entries | st.none(), max_size=4)))
    difference = delta(old, new)
    assert new.generation == old.generation + bool(difference)
    assert identical(
        with_entries(old, {(each.type, each.algorithm): each.after for each in difference}).types, new.types
    )
    assert with_entries(new, {(each.type, each.algorithm): each.after for each in difference}) is new


@settings(deadline=None)
@given(documents, st.data())
def test_a_damaged_document_is_refused_or_still_a_document(document, data):
    content = bytearray(pack(document))
    for _ in range(data.draw(st.integers(1, 3))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    del content[data.draw(st.integers(0, len(content))) :]
    place = refusal(unpack, "documents", bytes(content))
    assert place is None or place.startswith("documents")

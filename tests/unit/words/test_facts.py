import typing
from datetime import UTC, datetime, timedelta, timezone

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from laststop.words.facts import AnyFact, Recorded, decode_fact, encode_fact
from laststop.words.facts_catalog import ChangeRecorded, journal_seq, sequence_number
from laststop.words.facts_pipeline import ActionSucceeded, RunStarted
from laststop.words.facts_site import HoldSet
from laststop.words.instants import instant_text, parse_instant, seconds_between
from unit.words.fact_values import INSTANTS, facts_of

KINDS = typing.get_args(AnyFact)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: str(kind.__struct_config__.tag))
@settings(max_examples=12, deadline=None)
@given(data=st.data())
def test_every_fact_is_read_back_as_it_was_written(kind, data):
    fact = data.draw(facts_of(kind))
    assert decode_fact(encode_fact(fact)) == fact
    assert isinstance(fact.subject, str)
    assert fact.kind == kind.__struct_config__.tag


def test_kinds_are_named_once_and_by_subject_and_event():
    names = [kind.__struct_config__.tag for kind in KINDS]
    assert len(set(names)) == len(names)
    assert all(name.count(".") == 1 and name == name.lower() for name in names)


def test_an_unknown_kind_is_refused():
    with pytest.raises(msgspec.ValidationError):
        decode_fact(b'{"kind":"moon.landed","at":"2026-11-23T12:00:00Z"}')


def test_what_an_earlier_release_wrote_is_still_read():
    """Facts stay for years: members are added with defaults, and never renamed."""
    written = b'{"kind":"run.started","at":"2026-11-23T12:00:00Z","pipeline":"p","run":"r","cause":"c","pipeline_version":1}'
    found = decode_fact(written)
    assert isinstance(found, RunStarted)
    assert (found.automatic, found.variables) == (False, {})


def test_a_member_that_a_later_release_added_is_passed_over():
    written = b'{"kind":"release.held","at":"2026-11-23T12:00:00Z","release":"r","epoch":1,"reason":"x","mood":"blue"}'
    assert isinstance(decode_fact(written), HoldSet)


def test_a_recorded_fact_knows_when_it_happened():
    at = datetime(2026, 11, 23, tzinfo=UTC)
    fact = ActionSucceeded(at=at, pipeline="p", run="r", stage="s", action="a", attempt=1)
    assert Recorded(seq=3, fact=fact).at == at
    assert fact.subject == "r"


def test_a_change_is_about_its_version():
    at = datetime(2026, 11, 23, tzinfo=UTC)
    assert ChangeRecorded(at=at, algorithm="bgp", version="1.0", event="INSERT").subject == "bgp/1.0"


@given(st.integers(0, 2**62))
def test_a_place_in_the_journal_and_its_sequence_number_lead_to_each_other(seq):
    number = sequence_number(seq)
    assert journal_seq(number) == seq
    assert 21 <= len(str(number)) <= 40


@given(st.integers(0, 2**40), st.integers(0, 2**40))
def test_sequence_numbers_are_ordered_as_the_journal_is(one, other):
    assert (one < other) == (sequence_number(one) < sequence_number(other))


@given(INSTANTS)
def test_an_instant_is_read_back_to_the_millisecond(at):
    again = parse_instant(instant_text(at))
    assert abs((again - at).total_seconds()) < 0.001
    assert again.utcoffset() == timedelta(0)


@given(st.lists(INSTANTS, min_size=2, max_size=5))
def test_instants_as_text_are_in_the_order_of_time(instants):
    ordered = sorted(instants)
    assert [instant_text(at) for at in ordered] == sorted(instant_text(at) for at in instants)


def test_an_instant_of_another_zone_is_brought_to_utc_and_one_without_a_zone_is_refused():
    east = datetime(2026, 11, 23, 13, 0, tzinfo=timezone(timedelta(hours=1)))
    assert instant_text(east) == "2026-11-23T12:00:00.000Z"
    assert parse_instant("2026-11-23T13:00:00+01:00") == east
    with pytest.raises(ValueError, match="names no offset"):
        parse_instant("2026-11-23T13:00:00")


def test_seconds_between_count_to_the_millisecond_and_may_be_negative():
    start = datetime(2026, 11, 23, tzinfo=UTC)
    assert seconds_between(start, start + timedelta(seconds=1, microseconds=234567)) == 1.235
    assert seconds_between(start + timedelta(seconds=2), start) == -2.0

"""What every home's memory of publishing promises: `functions.publish.Publications`."""

from contextlib import contextmanager

import msgspec
import pytest

from contract.aws_home import HOMES, AwsPublications
from laststop.catalog.change import Change, Image, sequence_text
from laststop.catalog.record import Undecodable
from laststop.homes.embedded.documents import StoredPublications
from laststop.words.facts_catalog import sequence_number
from unit.homes.home_workbench import COMPLETE, EPOCH, Clock, Home


class Embedded:
    def __init__(self, path) -> None:
        self._home = Home(path)

    @contextmanager
    def opened(self):
        with self._home.store.transaction() as transaction:
            yield StoredPublications(transaction, self._home.clock)

    def changes(self):
        """(algorithm, version, object, generation, verdict, reason) of every change, settled ones too."""
        columns = "algorithm, version, object, generation, verdict, reason"
        with self._home.store.view() as view:
            return sorted(view.connection.execute(f"SELECT {columns} FROM verdict").fetchall())

    def aside(self):
        """(sequence number, reason, record) of every record set aside."""
        with self._home.store.view() as view:
            rows = view.connection.execute("SELECT sequence_number, reason, record FROM set_aside").fetchall()
        return [tuple(row) for row in rows]


@pytest.fixture(params=HOMES)
def memory(request, tmp_path):
    if request.param == "aws":
        made = AwsPublications(request.getfixturevalue("aws"), Clock())
        yield made
        made.service.close()
    else:
        yield Embedded(tmp_path)


def change(number: int, version: str = "1.0", algorithm: str = "bgp") -> Change:
    sequence = sequence_number(number)
    return Change(
        sequence_number=sequence,
        event="INSERT",
        algorithm=algorithm,
        version=version,
        old=None,
        new=Image(type="routing", phase=COMPLETE),
        at=EPOCH.replace(microsecond=0),
        identifier=sequence_text(sequence),
    )


def published(memory, *changes, generation: int = 1) -> None:
    with memory.opened() as port:
        port.published("routing", generation, changes)


PENDING = ("pending", "waits for a run")


def test_a_published_change_is_pending_and_names_its_document_and_generation(memory):
    published(memory, change(1), change(2, "2.0"), generation=7)
    assert memory.changes() == [
        ("bgp", "1.0", "routing", 7, *PENDING),
        ("bgp", "2.0", "routing", 7, *PENDING),
    ]


def test_a_change_that_comes_again_keeps_the_generation_that_first_took_it_in(memory):
    published(memory, change(1), generation=1)
    published(memory, change(2, "2.0"), change(1), change(1), generation=3)
    assert memory.changes() == [
        ("bgp", "1.0", "routing", 1, *PENDING),
        ("bgp", "2.0", "routing", 3, *PENDING),
    ]


def test_two_releases_of_one_version_are_two_changes(memory):
    published(memory, change(1), generation=1)
    published(memory, change(9), generation=4)
    assert [each[3] for each in memory.changes()] == [1, 4]


def test_hundreds_of_changes_of_one_batch_are_all_noted(memory):
    many = [change(number, f"1.{number}") for number in range(1, 131)]
    published(memory, *many)
    published(memory, *many, generation=2)
    found = memory.changes()
    assert len(found) == 130
    assert {each[3] for each in found} == {1}


def test_a_change_that_can_never_be_shown_is_rejected_for_good(memory):
    with memory.opened() as port:
        port.rejected(change(1), 'the project has no type "routing"')
    published(memory, change(1))
    assert [each[4:] for each in memory.changes()] == [("rejected", 'the project has no type "routing"')]


def test_a_rejection_that_comes_again_changes_nothing(memory):
    for reason in ("first", "second"):
        with memory.opened() as port:
            port.rejected(change(1), reason)
    assert [each[5] for each in memory.changes()] == ["first"]


def test_nothing_published_is_nothing_written(memory):
    published(memory)
    assert memory.changes() == []


BAD = Undecodable(sequence_number=sequence_text(4), reason="is no text", record=b'{"broken": "caf\xc3\xa9"}')


def test_a_record_set_aside_is_kept_once_with_its_reason(memory):
    for reason in ("is no text", "another reason"):
        with memory.opened() as port:
            port.set_aside(msgspec.structs.replace(BAD, reason=reason))
    ((number, reason, record),) = memory.aside()
    assert (int(number), reason, record) == (int(BAD.sequence_number), "is no text", '{"broken": "café"}')


@pytest.mark.parametrize("record", [b"\xff\xfe not text", b"x" * 900_000], ids=["no text", "large"])
def test_whatever_it_is_a_record_can_be_set_aside(memory, record):
    with memory.opened() as port:
        port.set_aside(msgspec.structs.replace(BAD, record=record))
    assert len(memory.aside()) == 1

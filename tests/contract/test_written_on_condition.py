"""What rows promise that many invocations write: `StartMarks` and `Messages`, in memory and in the ledger."""

from datetime import timedelta

import msgspec
import pytest

from contract.aws_home import HOMES, Ledger
from laststop.errors import ConflictError
from laststop.functions.message_ports import Told
from laststop.functions.start_ports import StartMark
from laststop.words.ids import RunId
from unit.functions.aws_fakes import FakeMarks, FakeMessages
from unit.homes.home_workbench import EPOCH

RUN = RunId("run-1")


@pytest.fixture
def table(request):
    ledger = Ledger(request.getfixturevalue("aws"))
    yield ledger.table
    ledger.service.close()


@pytest.fixture(params=["memory", *HOMES[1:]])
def marks(request):
    if request.param == "memory":
        return FakeMarks()
    from laststop.homes.aws.start_marks import TableMarks

    return TableMarks(request.getfixturevalue("table"))


@pytest.fixture(params=["memory", *HOMES[1:]])
def messages(request):
    if request.param == "memory":
        return FakeMessages()
    from laststop.homes.aws.messages import TableMessages

    return TableMessages(request.getfixturevalue("table"))


def test_before_the_first_write_the_mark_is_empty(marks):
    assert marks.get() == StartMark()


def test_a_mark_comes_back_as_it_was_written(marks):
    mark = StartMark(
        revision=1,
        heads={"routing": "v1", "documents-2": "v.2_x"},
        attempt=2,
        run=RUN,
        answered=RUN,
        holder="call-1",
        lease_until=EPOCH + timedelta(seconds=60),
        dirty=True,
        again=True,
    )
    marks.put(mark, expected=StartMark())
    assert marks.get() == mark


def test_of_two_who_read_the_same_mark_one_writes(marks):
    first = StartMark(revision=1, holder="one")
    marks.put(first, expected=StartMark())
    with pytest.raises(ConflictError):
        marks.put(StartMark(revision=1, holder="two"), expected=StartMark())
    assert marks.get().holder == "one"
    marks.put(msgspec.structs.replace(first, revision=2, holder=""), expected=first)
    with pytest.raises(ConflictError):
        marks.put(msgspec.structs.replace(first, revision=2, holder="late"), expected=first)
    assert marks.get() == StartMark(revision=2)


def test_messages_are_kept_by_run_and_bulletin(messages):
    told = Told(
        revision=1,
        digest="d",
        count=1,
        handle="C1/171.2",
        begun={"failure/Build/b/1": EPOCH},
        calls=("recovery",),
        holder="me",
        lease_until=EPOCH,
        dirty=True,
    )
    messages.put(RUN, "slack", told, expected=Told())
    assert messages.get(RUN, "slack") == told
    assert messages.get(RUN, "webhook") == Told()
    assert messages.get(RunId("run-2"), "slack") == Told()


def test_a_message_somebody_else_wrote_meanwhile_is_not_written_over(messages):
    messages.put(RUN, "slack", Told(revision=1, holder="one"), expected=Told())
    with pytest.raises(ConflictError):
        messages.put(RUN, "slack", Told(revision=1, holder="two"), expected=Told())
    assert messages.get(RUN, "slack").holder == "one"

import pytest

from laststop.errors import DeniedError, TransientError, UsageError
from laststop.functions.clerk import LEASE_SECONDS, Clerk, tell
from laststop.notices.bulletin import InDoubtError
from laststop.notices.story import FailedAction, Story
from laststop.words.failure import Failure
from laststop.words.ids import RunId
from unit.functions.aws_fakes import Clock, FakeBulletin, FakeMessages

RUN = RunId("run-1")


class Office:
    """One run's message; `ring` is one invocation of the function."""

    def __init__(self, bulletin: FakeBulletin | None = None) -> None:
        self.clock = Clock()
        self.messages = FakeMessages()
        self.bulletin = bulletin or FakeBulletin()
        self.now = told("InProgress")
        self.calls = 0

    def ring(self) -> bool:
        self.calls += 1
        clerk = Clerk(
            messages=self.messages,
            bulletin=self.bulletin,
            story=lambda _: self.now,
            clock=self.clock,
            caller=f"call-{self.calls}",
            hide=lambda text: text.replace("s3cret", "***"),
        )
        return tell(RUN, clerk)

    @property
    def row(self):
        return self.messages.get(RUN, "channel")


def told(status: str, **more) -> Story:
    return Story(
        **{"project": "p", "run": RUN, "cause": "because", "status": status, "stage": "Build"} | more
    )


def failed(attempt: int = 1) -> Story:
    action = FailedAction(
        stage="Build", action="b", attempt=attempt, failure=Failure(code="JobFailed", message="no")
    )
    return told("Failed", failed=action)


def test_a_run_is_told_of_once_and_edited_from_then_on():
    office = Office()
    assert office.ring()
    office.now = told("Succeeded", proven=True)
    assert office.ring()
    assert len(office.bulletin.posted) == 1
    assert [handle for handle, _ in office.bulletin.edits] == ["ts-1"]
    assert office.row.count == 2
    assert office.row.holder == ""


def test_bells_in_any_number_write_nothing_when_the_text_stands_there():
    office = Office()
    office.ring()
    writes = office.row.revision
    assert [office.ring() for _ in range(5)] == [False] * 5
    assert office.row.revision == writes


def test_a_run_that_nobody_is_told_of_leaves_no_row():
    office = Office()
    office.now = None
    assert not office.ring()
    office.now = told("Superseded")
    assert not office.ring()
    assert office.messages.rows == {}


def test_what_was_told_is_edited_also_when_the_run_came_to_nothing():
    office = Office()
    office.ring()
    office.now = told("Superseded")
    assert office.ring()
    assert "superseded" in office.bulletin.edits[0][1]


def test_who_rings_while_another_writes_makes_it_look_again():
    office = Office()

    def other() -> None:
        office.bulletin.meanwhile = lambda: None
        office.now = told("Succeeded", proven=True)
        assert office.ring() is False

    office.bulletin.meanwhile = other
    assert office.ring()
    assert len(office.bulletin.posted) == 1
    assert len(office.bulletin.edits) == 1
    assert (office.row.holder, office.row.dirty) == ("", False)


def test_a_failure_calls_the_owners_once_in_the_thread_and_its_end_once_more():
    office = Office()
    office.now = failed()
    for _ in range(3):
        office.ring()
    office.now = told("Succeeded", proven=True, recovered=True)
    for _ in range(3):
        office.ring()
    assert office.bulletin.replies == [("ts-1", "failure/Build/b/1"), ("ts-1", "recovery")]


def test_a_second_failure_is_a_call_of_its_own():
    office = Office()
    office.now = failed(1)
    office.ring()
    office.now = failed(2)
    office.ring()
    assert len(office.bulletin.replies) == 2


def test_a_post_without_an_answer_is_found_again_and_not_posted_twice():
    office = Office()
    office.bulletin.raises = [InDoubtError("no answer")]
    with pytest.raises(InDoubtError):
        office.ring()
    assert "message" in office.row.begun
    assert office.ring()
    assert len(office.bulletin.posted) == 1
    assert office.row.begun == {}


def test_where_nobody_can_look_a_post_in_doubt_is_sent_twice_rather_than_never():
    office = Office(FakeBulletin(can_look=False))
    office.bulletin.raises = [InDoubtError("no answer")]
    with pytest.raises(InDoubtError):
        office.ring()
    office.ring()
    assert len(office.bulletin.posted) == 2


def test_a_reply_without_an_answer_is_looked_for_before_it_is_sent_again():
    office = Office()
    office.now = failed()
    office.bulletin.raises = [None, InDoubtError("no answer")]
    with pytest.raises(InDoubtError):
        office.ring()
    assert office.ring()
    assert len(office.bulletin.replies) == 1


@pytest.mark.parametrize("error", [TransientError("slow down"), UsageError("too long"), DeniedError("no")])
def test_a_refusal_leaves_no_doubt_and_no_lease(error):
    office = Office()
    office.bulletin.raises = [error]
    with pytest.raises(type(error)):
        office.ring()
    assert (office.row.begun, office.row.holder) == ({}, "")
    office.bulletin.can_look = False
    assert office.ring()
    assert len(office.bulletin.posted) == 2


def test_a_kill_inside_the_lease_keeps_others_out_only_until_it_ends():
    office = Office()

    def killed() -> None:
        raise KeyboardInterrupt

    office.bulletin.meanwhile = killed
    with pytest.raises(KeyboardInterrupt):
        office.ring()
    office.bulletin.meanwhile = lambda: None
    assert not office.ring()
    office.clock.move(LEASE_SECONDS)
    assert office.ring()
    assert len(office.bulletin.posted) == 1


def test_who_lost_the_lease_writes_nothing_over_the_next_holder():
    office = Office()

    def too_slow() -> None:
        office.bulletin.meanwhile = lambda: None
        office.clock.move(LEASE_SECONDS + 1)
        office.ring()

    office.bulletin.meanwhile = too_slow
    with pytest.raises(Exception, match="written meanwhile"):
        office.ring()
    assert office.row.handle == "ts-1"


def test_a_bulletin_that_cannot_edit_waits_for_the_verdict():
    office = Office(FakeBulletin(at_verdict=True))
    assert not office.ring()
    office.now = told("Succeeded", proven=True)
    assert office.ring()


def test_secrets_do_not_leave():
    office = Office()
    office.now = told("InProgress", cause="token s3cret was pushed")
    office.ring()
    assert "s3cret" not in office.bulletin.posted[0]
    assert not office.ring()

import pytest

from laststop.errors import NotFoundError, TransientError
from laststop.functions.announce import announce
from laststop.functions.answering import answering
from unit.functions.function_fakes import FakeJobs, event_for


def test_the_clerk_is_asked_to_look_at_the_jobs_own_run():
    jobs, rung = FakeJobs("run-7"), []
    announce(event_for("announce"), jobs=jobs, ring=rung.append)
    assert rung == ["run-7"]
    assert jobs.told[0][0] == "succeeded"


def test_announcing_twice_is_looking_twice():
    jobs, rung = FakeJobs(), []
    for _ in range(2):
        announce(event_for("announce"), jobs=jobs, ring=rung.append)
    assert rung == ["run-1", "run-1"]


def test_a_bell_that_does_not_ring_fails_the_action_with_its_reason():
    def broken(_):
        raise TransientError("no answer", hint="wait")

    jobs = FakeJobs()
    announce(event_for("announce"), jobs=jobs, ring=broken)
    assert jobs.told == [("failed", "no answer (wait)", {"code": "TryAgain"})]


def test_a_job_nobody_knows_is_answered_all_the_same():
    jobs = FakeJobs()
    announce(event_for("announce", job="job-9"), jobs=jobs, ring=lambda _: None)
    assert jobs.told[0][0] == "failed"


def test_a_bug_is_not_reported_as_the_users_failure():
    jobs = FakeJobs()
    with pytest.raises(ZeroDivisionError), answering(jobs, "job-1"):
        raise ZeroDivisionError
    assert jobs.told == []


def test_an_error_without_a_hint_has_no_brackets():
    jobs = FakeJobs()
    with answering(jobs, "job-1"):
        raise NotFoundError("it is gone", place="here")
    assert jobs.told == [("failed", "here: it is gone", {"code": "NotFound"})]

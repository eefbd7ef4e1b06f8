import pytest

from laststop.errors import UsageError
from laststop.functions.answer_failure import MESSAGE_CHARACTERS_MAX, answer_failure
from unit.events import event as payload
from unit.functions.function_fakes import FakeJobs, event_for


def record(**more) -> dict:
    return {
        "version": "1.0",
        "timestamp": "2026-11-23T17:33:11.123Z",
        "requestContext": {
            "requestId": "r",
            "functionArn": "arn:aws:lambda:eu-west-1:111111111111:function:p-deploy-site:$LATEST",
            "condition": "RetriesExhausted",
            "approximateInvokeCount": 1,
        },
        "requestPayload": event_for("deploy-site", "site"),
        "responseContext": {"statusCode": 200, "executedVersion": "$LATEST", "functionError": "Unhandled"},
    } | more


def test_a_function_that_died_has_its_job_failed_with_what_it_said():
    jobs = FakeJobs()
    answer_failure(
        record(responsePayload={"errorType": "Runtime.ExitError", "errorMessage": "signal: killed"}),
        jobs=jobs,
    )
    kind, message, more = jobs.told[0]
    assert (kind, more) == ("failed", {"code": "JobFailed"})
    assert "deploy-site died: Runtime.ExitError: signal: killed" in message


def test_a_function_that_was_never_called_has_a_reason_too():
    jobs = FakeJobs()
    answer_failure(record(), jobs=jobs)
    assert "died: RetriesExhausted" in jobs.told[0][1]


def test_a_repeat_says_the_same_again():
    jobs = FakeJobs()
    assert answer_failure(record(), jobs=jobs) == answer_failure(record(), jobs=jobs)


def test_a_message_fits_what_codepipeline_takes():
    jobs = FakeJobs()
    said = answer_failure(record(responsePayload={"errorMessage": "x" * 100_000}), jobs=jobs)
    assert len(said) == MESSAGE_CHARACTERS_MAX


@pytest.mark.parametrize(
    "event", [{}, {"requestContext": {}, "requestPayload": {"a": 1}}, {"requestContext": 7}]
)
def test_what_is_no_such_record_is_refused(event):
    with pytest.raises(UsageError):
        answer_failure(event, jobs=FakeJobs())


def test_a_dead_call_that_no_job_waits_for_is_refused_so_that_it_ends_in_the_queue():
    jobs = FakeJobs()
    with pytest.raises(UsageError):
        answer_failure(payload("lambda-on-failure-announce-event"), jobs=jobs)
    assert jobs.told == []


def test_the_documented_record_is_answered():
    jobs = FakeJobs()
    said = answer_failure(payload("lambda-on-failure-deploy-site"), jobs=jobs)
    assert "translations-deploy-site died: Sandbox.Timedout" in said

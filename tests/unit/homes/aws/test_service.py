"""Throttling, lost and lying answers, clocks that differ: what the calling side makes of them."""

import zlib
from datetime import timedelta

import pytest

from laststop.errors import ConflictError, DeniedError, InvariantError, TransientError, UsageError
from laststop.homes.aws.connection import Answer
from laststop.homes.aws.service import ATTEMPTS_MAX, LONGEST_PAUSE_SECONDS
from unit.homes.aws.service_fakes import LOST, NOW, fine, refusal, service

ITEM = {"TableName": "t", "Key": {"pk": {"S": "a"}}}


def test_an_answer_comes_back_as_the_service_gave_it():
    called, script = service(fine({"Item": {"pk": {"S": "a"}}}))
    assert called.call("GetItem", ITEM) == {"Item": {"pk": {"S": "a"}}}
    assert script.sent == [("GetItem", ITEM)]


@pytest.mark.parametrize(
    "trouble",
    [
        refusal("ProvisionedThroughputExceededException"),
        refusal("ThrottlingException"),
        refusal("InternalServerError", status=500),
        Answer(status=503, headers={}, body=b"<html>busy</html>"),
        LOST,
        Answer(status=200, headers={}, body=b'{"Item": '),
        fine({"Item": {}}, **{"x-amz-crc32": "1"}),
    ],
    ids=["throughput", "throttled", "500", "gateway", "lost", "cut off", "wrong checksum"],
)
def test_trouble_that_passes_is_waited_out(trouble):
    pauses: list = []
    called, script = service(trouble, trouble, fine({"Item": {}}), pauses=pauses)
    assert called.call("GetItem", ITEM) == {"Item": {}}
    assert len(script.sent) == 3
    assert pauses == sorted(pauses)
    assert 0 < pauses[0] <= pauses[-1] <= LONGEST_PAUSE_SECONDS


@pytest.mark.parametrize("trouble", [refusal("ThrottlingException"), LOST], ids=["throttled", "lost"])
def test_trouble_that_stays_becomes_try_again_after_a_bounded_number_of_attempts(trouble):
    called, script = service(trouble)
    with pytest.raises(TransientError, match="dynamodb GetItem"):
        called.call("GetItem", ITEM)
    assert len(script.sent) == ATTEMPTS_MAX


def test_the_services_own_word_on_when_to_come_back_counts_up_to_a_bound():
    pauses: list = []
    called, _ = service(
        refusal("ThrottlingException", headers={"retry-after": "2"}),
        refusal("ThrottlingException", headers={"retry-after": "3600"}),
        fine(),
        pauses=pauses,
    )
    called.call("GetItem", ITEM)
    assert pauses == [2.0, LONGEST_PAUSE_SECONDS]


def test_a_plain_no_is_not_asked_again():
    called, script = service(refusal("ConditionalCheckFailedException"))
    with pytest.raises(ConflictError, match="ConditionalCheckFailedException"):
        called.call("PutItem", {})
    assert len(script.sent) == 1


def test_a_clock_that_is_wrong_is_corrected_by_the_services_own_and_stays_so():
    late = NOW + timedelta(hours=2)
    date = late.strftime("%a, %d %b %Y %H:%M:%S GMT")
    skewed = refusal("InvalidSignatureException", "Signature expired", headers={"date": date})
    called, script = service(skewed, fine(), fine())
    called.call("GetItem", ITEM)
    called.call("GetItem", ITEM)
    assert [headers["X-Amz-Date"] for headers in script.headers] == [
        "20261123T120000Z",
        "20261123T140000Z",
        "20261123T140000Z",
    ]


@pytest.mark.parametrize("date", ["Mon, 23 Nov 2026 12:00:01 GMT", "nonsense", ""])
def test_a_wrong_signature_under_a_right_clock_is_a_denial_at_once(date):
    called, script = service(refusal("InvalidSignatureException", headers={"date": date}))
    with pytest.raises(DeniedError):
        called.call("GetItem", ITEM)
    assert len(script.sent) == 1


def test_a_service_whose_clock_never_agrees_is_not_followed_for_ever():
    dates = [
        (NOW + timedelta(hours=n)).strftime("%a, %d %b %Y %H:%M:%S GMT") for n in range(1, ATTEMPTS_MAX + 2)
    ]
    answers = [refusal("RequestTimeTooSkewed", headers={"date": date}) for date in dates]
    called, script = service(*answers)
    with pytest.raises(DeniedError):
        called.call("GetItem", ITEM)
    assert len(script.sent) == ATTEMPTS_MAX


@pytest.mark.parametrize(
    "answer",
    [
        Answer(status=400, headers={"x-amzn-errortype": "ValidationException:http://x/"}, body=b"not json"),
        Answer(status=400, headers={}, body=b'{"code": "ValidationException", "Message": "no"}'),
        refusal("ValidationException"),
    ],
    ids=["header", "code", "type"],
)
def test_the_code_is_found_wherever_the_service_puts_it(answer):
    called, _ = service(answer)
    with pytest.raises(UsageError, match="ValidationException"):
        called.call("GetItem", ITEM)


def test_a_right_checksum_passes():
    body = b'{"Item": {}}'
    called, _ = service(Answer(status=200, headers={"x-amz-crc32": str(zlib.crc32(body))}, body=body))
    assert called.call("GetItem", ITEM) == {"Item": {}}


def test_an_operation_that_permissions_and_errors_do_not_cover_is_our_bug():
    called, script = service(fine())
    with pytest.raises(InvariantError, match="DeleteTable"):
        called.call("DeleteTable", {})
    assert script.sent == []

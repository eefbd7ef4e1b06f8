"""Pages, unread keys and cancelled transactions: what a table makes of DynamoDB's answers."""

import pytest

from laststop.errors import ConflictError, DeniedError, NotFoundError, TransientError, UsageError
from laststop.homes.aws.table import NotAsExpectedError, Table
from unit.homes.aws.service_fakes import fine, refusal, service

KEY = {"pk": {"S": "a"}}


def table(*answers):
    called, script = service(*answers)
    pauses: list = []
    return Table(called, "t", pause=pauses.append), script, pauses


def cancelled(*codes: str):
    reasons = [{"Code": code} for code in codes]
    return refusal("TransactionCanceledException", CancellationReasons=reasons)


def test_a_read_is_consistent_and_nothing_is_none():
    found, script, _ = table(fine())
    assert found.get(KEY) is None
    assert script.sent == [("GetItem", {"TableName": "t", "Key": KEY, "ConsistentRead": True})]


@pytest.mark.parametrize("operation", ["query", "scan"])
def test_every_page_is_read_also_an_empty_one_in_the_middle(operation):
    found, script, _ = table(
        fine({"Items": [KEY], "LastEvaluatedKey": KEY}),
        fine({"Items": [], "LastEvaluatedKey": KEY}),
        fine({"Items": [KEY]}),
    )
    assert list(getattr(found, operation)()) == [KEY, KEY]
    assert [request.get("ExclusiveStartKey") for _, request in script.sent] == [None, KEY, KEY]
    assert all(request["ConsistentRead"] for _, request in script.sent)


def test_many_keys_are_read_a_hundred_at_a_time_and_what_was_left_unread_again():
    keys = [{"pk": {"S": str(n)}} for n in range(150)]
    found, script, pauses = table(
        fine({"Responses": {"t": keys[:60]}, "UnprocessedKeys": {"t": {"Keys": keys[60:100]}}}),
        fine({"Responses": {"t": keys[60:100]}}),
        fine({"Responses": {"t": keys[100:]}}),
    )
    assert found.get_many(keys) == keys
    assert [len(request["RequestItems"]["t"]["Keys"]) for _, request in script.sent] == [100, 40, 50]
    assert len(pauses) == 1


def test_keys_that_stay_unread_are_try_again():
    found, _, _ = table(fine({"UnprocessedKeys": {"t": {"Keys": [KEY]}}}))
    with pytest.raises(TransientError, match="throttled"):
        found.get_many([KEY])


def test_no_keys_ask_nothing():
    found, script, _ = table(fine())
    assert found.get_many([]) == []
    assert script.sent == []


PUT = {"Put": {"Item": KEY, "ConditionExpression": "attribute_not_exists(pk)"}}


def test_a_transaction_names_its_table_in_every_write():
    found, script, _ = table(fine())
    found.transact(PUT, {"Delete": {"Key": KEY}})
    (request,) = [request for _, request in script.sent]
    assert [next(iter(write.values()))["TableName"] for write in request["TransactItems"]] == ["t", "t"]


def test_a_condition_that_does_not_hold_is_named_by_its_place():
    found, script, _ = table(cancelled("None", "ConditionalCheckFailed", "None", "ConditionalCheckFailed"))
    with pytest.raises(NotAsExpectedError) as caught:
        found.transact(PUT, PUT, PUT, PUT)
    assert caught.value.failed == (1, 3)
    assert len(script.sent) == 1


@pytest.mark.parametrize("code", ["TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded"])
def test_two_transactions_that_meet_are_tried_again(code):
    found, script, pauses = table(cancelled("None", code), cancelled(code, code), fine())
    found.transact(PUT, PUT)
    assert (len(script.sent), len(pauses)) == (3, 2)


def test_two_that_meet_for_ever_are_try_again():
    found, _, _ = table(cancelled("TransactionConflict"))
    with pytest.raises(TransientError, match="others keep writing"):
        found.transact(PUT)


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (cancelled("ValidationError"), UsageError),
        (cancelled("ItemCollectionSizeLimitExceeded"), UsageError),
        (refusal("ResourceNotFoundException"), NotFoundError),
        (refusal("AccessDeniedException"), DeniedError),
    ],
)
def test_another_refusal_is_the_error_it_is_everywhere(answer, kind):
    found, script, _ = table(answer)
    with pytest.raises(kind):
        found.transact(PUT)
    assert len(script.sent) == 1


def test_a_cancellation_without_reasons_is_tried_again_and_then_a_conflict():
    """An answer that lies about its shape must not be taken for a success."""
    found, script, _ = table(refusal("TransactionCanceledException"))
    with pytest.raises(ConflictError):
        found.transact(PUT)
    assert len(script.sent) > 1

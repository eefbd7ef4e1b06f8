"""Publishing behind a stream mapping that keeps AWS's rules on retries: nothing is lost, nobody waits for ever."""

import pytest

from aws_rules.stream_mapping import StreamMapping, ThrottledError
from laststop.catalog.columns import OWN_COLUMNS
from laststop.catalog.stream_filter import stream_filters
from laststop.errors import TransientError
from unit.functions.stream_desk import StreamDesk, identifier
from unit.functions.test_publish import POLICY

FILTERS = stream_filters(POLICY.phases, OWN_COLUMNS)


def test_a_burst_is_one_write_of_the_document_per_batch():
    desk = StreamDesk()
    mapping = StreamMapping(desk.call, batch_size=100, filters=FILTERS)
    mapping.drain([desk.record(number, f"1.{number}") for number in range(250)])
    assert [len(numbers) for numbers in mapping.deliveries] == [100, 100, 50]
    assert desk.documents.shown() == (1, {"bgp": "1.249"})  # the first batch read every row there was
    assert mapping.failures == []


def test_a_record_that_meets_a_bug_of_ours_ends_alone_in_the_failure_queue():
    desk = StreamDesk()
    records = [desk.record(number, f"1.{number}") for number in range(8)]
    poison = identifier(records[5])
    desk.poison = {poison}
    mapping = StreamMapping(desk.call, batch_size=8, attempts_max=2)
    mapping.drain(records)
    assert [failure["DDBStreamBatchInfo"]["startSequenceNumber"] for failure in mapping.failures] == [poison]
    assert mapping.failures[0]["DDBStreamBatchInfo"]["batchSize"] == 1
    assert desk.documents.shown()[1] == {"bgp": "1.7"}
    published = {version for told in desk.publications.told for version in told[2]}
    assert published == {f"bgp 1.{number}" for number in range(8) if number != 5}


def test_an_undecodable_record_reaches_no_failure_queue_and_holds_nobody_up():
    desk = StreamDesk()
    records = [desk.record(number, f"1.{number}") for number in range(3)]
    del records[1]["dynamodb"]["NewImage"]["phase"]
    records[1]["dynamodb"]["NewImage"]["type"] = {"N": "1"}
    mapping = StreamMapping(desk.call)
    mapping.drain(records)
    assert (len(mapping.deliveries), mapping.failures) == (1, [])
    assert [told[1] for told in desk.publications.told if told[0] == "set aside"] == [identifier(records[1])]


def test_a_throttled_store_is_come_back_to_until_it_answers():
    desk = StreamDesk()
    replace, left = desk.documents.replace, [4]

    def throttled(*words, **more):
        if left[0]:
            left[0] -= 1
            raise TransientError("slow down")
        return replace(*words, **more)

    desk.documents.replace = throttled
    mapping = StreamMapping(desk.call, attempts_max=10)
    mapping.drain([desk.record(number, f"1.{number}") for number in range(5)])
    assert (len(mapping.deliveries), mapping.failures) == (5, [])
    assert desk.documents.shown()[1] == {"bgp": "1.4"}


def test_a_store_that_never_answers_lets_the_shard_go_on_when_the_records_are_too_old():
    desk = StreamDesk()
    time = [0.0]
    record = desk.record(1)
    made_at = record["dynamodb"]["ApproximateCreationDateTime"]

    def never(*_, **__):
        time[0] += 600
        raise TransientError("slow down")

    desk.documents.replace, replace = never, desk.documents.replace
    mapping = StreamMapping(
        desk.call, attempts_max=1000, record_age_seconds=3600, now=lambda: made_at + time[0]
    )
    mapping.drain([record])
    assert [failure["requestContext"]["condition"] for failure in mapping.failures] == [
        "MaxRecordAgeExceeded"
    ]
    desk.documents.replace = replace
    time[0] = 0
    mapping.drain([desk.record(2, "1.1")])
    assert desk.documents.shown()[1] == {"bgp": "1.1"}  # the rows are read again: what was lost is in there


def test_repeats_and_reordering_between_shards_end_in_the_same_document():
    desk = StreamDesk()
    records = [desk.record(number, f"1.{number}") for number in range(6)]
    for order in (records, records[::-1], [*records, *records]):
        StreamMapping(desk.call, batch_size=2).drain(order)
    assert desk.documents.shown() == (1, {"bgp": "1.5"})


def test_a_throttled_function_costs_no_attempt():
    desk = StreamDesk()
    refused = [3]

    def call(event):
        if refused[0]:
            refused[0] -= 1
            raise ThrottledError
        return desk.call(event)

    mapping = StreamMapping(call, attempts_max=0)
    mapping.drain([desk.record(1)])
    assert mapping.failures == []


@pytest.mark.parametrize(
    ("answer", "delivered_again"),
    [
        (None, False),
        ({"batchItemFailures": []}, False),
        ({"batchItemFailures": [{"itemIdentifier": ""}]}, True),
        ({"batchItemFailures": [{"itemIdentifier": "nobody"}]}, True),
        ({"batchItemFailures": [{"wrong": "key"}]}, True),
    ],
)
def test_the_mapping_itself_reads_answers_as_aws_does(answer, delivered_again):
    desk = StreamDesk()
    mapping = StreamMapping(lambda _: answer, attempts_max=1)
    mapping.drain([desk.record(1)])
    assert len(mapping.deliveries) == (2 if delivered_again else 1)
    assert bool(mapping.failures) is delivered_again


def test_the_mapping_itself_comes_back_to_the_lowest_number_and_counts_anew_from_there():
    desk = StreamDesk()
    records = [desk.record(number, f"1.{number}") for number in range(4)]
    numbers = [identifier(record) for record in records]
    answers = [
        {"batchItemFailures": [{"itemIdentifier": numbers[3]}, {"itemIdentifier": numbers[1]}]},
        {"batchItemFailures": [{"itemIdentifier": numbers[1]}]},
        None,
    ]
    mapping = StreamMapping(lambda _: answers.pop(0), attempts_max=1)
    mapping.drain(records)
    assert mapping.deliveries == [numbers, numbers[1:], numbers[1:]]
    assert mapping.failures == []

import pytest

from laststop.errors import DeniedError, TransientError, UsageError
from laststop.functions.publish_batch import publish_batch
from unit.functions.stream_desk import StreamDesk, identifier
from unit.functions.test_publish import POLICY


def throttled(*_, **__):
    raise TransientError("slow down")


def test_a_batch_that_went_well_names_no_record():
    desk = StreamDesk()
    assert desk.publish(desk.record(1)) == {"batchItemFailures": []}
    assert desk.documents.shown() == (1, {"bgp": "1.0"})


def test_a_throttled_store_names_the_first_record_that_needs_it():
    desk = StreamDesk()
    quiet = desk.record(1, phase="UPLOADED", old="PACKAGE_TESTS_RUNNING")
    needed, later = desk.record(2, "1.0"), desk.record(3, "1.1")
    desk.documents.replace = throttled
    assert desk.publish(quiet, needed, later) == {
        "batchItemFailures": [{"itemIdentifier": identifier(needed)}]
    }


def test_what_is_delivered_again_is_done_once():
    desk = StreamDesk()
    record = desk.record(1)
    desk.documents.replace, replace = throttled, desk.documents.replace
    desk.publish(record)
    desk.documents.replace = replace
    for _ in range(3):
        assert desk.publish(record) == {"batchItemFailures": []}
    assert desk.documents.shown()[0] == 1


def test_a_ledger_that_is_throttled_has_the_record_delivered_again():
    desk = StreamDesk()
    record = desk.record(1)
    desk.publications.published = throttled
    assert desk.publish(record)["batchItemFailures"] == [{"itemIdentifier": identifier(record)}]


def test_what_enters_a_release_phase_is_judged_at_once_whether_a_document_was_written_or_not():
    desk = StreamDesk()
    desk.publish(desk.record(1, phase="UPLOADED"))
    assert desk.judged == []
    desk.publish(desk.record(2, "1.1"))
    desk.publish(desk.record(3, "0.9"))
    assert desk.judged == [{"routing": 1}, {"routing": 1}]


def test_a_judge_that_is_throttled_has_the_record_delivered_again():
    desk = StreamDesk()
    desk.judge = throttled
    record = desk.record(1)
    assert desk.publish(record)["batchItemFailures"] == [{"itemIdentifier": identifier(record)}]


def test_an_undecodable_record_is_set_aside_and_its_neighbours_go_on():
    desk = StreamDesk()
    broken = desk.record(2, "1.1")
    broken["dynamodb"]["NewImage"]["type"] = {"N": "7"}
    assert desk.publish(desk.record(1), broken, desk.record(3, "1.2")) == {"batchItemFailures": []}
    assert desk.publications.told[0][:2] == ("set aside", identifier(broken))
    assert desk.documents.shown()[1] == {"bgp": "1.2"}


def test_an_undecodable_record_that_cannot_be_set_aside_yet_is_the_one_to_come_back_to():
    desk = StreamDesk()
    broken = desk.record(1)
    broken["eventName"] = "NONSENSE"
    desk.publications.set_aside = throttled
    assert desk.publish(broken)["batchItemFailures"] == [{"itemIdentifier": identifier(broken)}]


def test_without_any_number_to_name_the_whole_batch_is_given_back():
    desk = StreamDesk()
    desk.publications.set_aside = throttled
    with pytest.raises(TransientError):
        desk.call({"Records": [{"nonsense": True}]})


def test_what_does_not_pass_by_itself_is_raised():
    desk = StreamDesk()

    def denied(*_, **__):
        raise DeniedError("no")

    record = desk.record(1)
    desk.documents.replace = denied
    with pytest.raises(DeniedError):
        desk.publish(record)
    with pytest.raises(UsageError):
        publish_batch({}, shelf=None, policy=POLICY, judge=throttled)

"""What a rule's target gets of an event."""

import json

import pytest

from laststop.errors import UsageError
from laststop.homes.stand_in.target_input import input_of

EVENT = {"source": "aws.codepipeline", "detail": {"pipeline": 'pa"ges', "version": 2.0, "state": "FAILED"}}


def test_without_a_word_about_it_the_whole_event():
    assert json.loads(input_of({}, EVENT)) == EVENT


def test_a_constant_a_part_and_a_part_that_is_missing():
    assert input_of({"Input": '{"a": 1}'}, EVENT) == '{"a": 1}'
    assert json.loads(input_of({"InputPath": "$.detail"}, EVENT)) == EVENT["detail"]
    assert input_of({"InputPath": "$.detail.stage.name"}, EVENT) == "null"


def test_a_template_fills_its_places_inside_and_outside_of_texts():
    transformer = {
        "InputPathsMap": {"name": "$.detail.pipeline", "version": "$.detail.version", "all": "$.detail"},
        "InputTemplate": '{"say": "<name> failed", "name": <name>, "version": <version>, "all": <all>}',
    }
    assert json.loads(input_of({"InputTransformer": transformer}, EVENT)) == {
        "say": 'pa"ges failed',
        "name": 'pa"ges',
        "version": 2.0,
        "all": EVENT["detail"],
    }


@pytest.mark.parametrize(
    "target",
    [
        {"InputPath": "$.detail[0]"},
        {"InputPath": "detail"},
        {"InputTransformer": {"InputPathsMap": {"a": "$.*"}, "InputTemplate": "<a>"}},
        {"InputTransformer": {"InputPathsMap": {"a": "$.source"}, "InputTemplate": '{"a": <a>'}},
    ],
)
def test_what_cannot_be_read_or_is_no_json_is_refused(target):
    with pytest.raises(UsageError):
        input_of(target, EVENT)

"""Event patterns: documented examples, and what cannot be read."""

import json
from typing import Any

import pytest

from laststop.pipeline.event_pattern import read_pattern
from laststop.pipeline.event_tests import InvalidEventPatternError

EVENT = {
    "source": "aws.codepipeline",
    "detail-type": "CodePipeline Stage Execution State Change",
    "resources": ["arn:aws:codepipeline:local:000000000000:web", "arn:other"],
    "detail": {
        "state": "FAILED",
        "stage": "Release",
        "version": 3.0,
        "count": 5,
        "flag": True,
        "empty": "",
        "nothing": None,
        "list": [],
        "source-ip": "10.0.0.9",
        "file": "dir/lib/photo.PNG",
        "artifacts": [{"name": "a", "size": 1}, {"name": "b", "size": 2}],
    },
}
ROWS: list[tuple[dict[str, Any], bool]] = [
    ({"source": ["aws.codepipeline"]}, True),
    ({"source": ["aws.ec2", "aws.codepipeline"]}, True),
    ({"source": ["aws.ec2"]}, False),
    ({"source": ["AWS.CODEPIPELINE"]}, False),
    ({"source": ["aws.codepipeline"], "detail": {"state": ["SUCCEEDED"]}}, False),
    ({"detail": {"state": ["FAILED"], "stage": ["Release"]}}, True),
    ({"detail": {"state": [{"prefix": "FAIL"}]}}, True),
    ({"detail": {"state": [{"prefix": "fail"}]}}, False),
    ({"detail": {"state": [{"prefix": {"equals-ignore-case": "fail"}}]}}, True),
    ({"detail": {"file": [{"suffix": ".PNG"}]}}, True),
    ({"detail": {"file": [{"suffix": {"equals-ignore-case": ".png"}}]}}, True),
    ({"detail": {"state": [{"equals-ignore-case": "failed"}]}}, True),
    ({"detail": {"state": [{"anything-but": "FAILED"}]}}, False),
    ({"detail": {"state": [{"anything-but": ["SUCCEEDED", "STARTED"]}]}}, True),
    ({"detail": {"count": [{"anything-but": [4, 6]}]}}, True),
    ({"detail": {"state": [{"anything-but": {"prefix": "F"}}]}}, False),
    ({"detail": {"state": [{"anything-but": {"suffix": ["ED", "ING"]}}]}}, False),
    ({"detail": {"state": [{"anything-but": {"equals-ignore-case": "failed"}}]}}, False),
    ({"detail": {"file": [{"anything-but": {"wildcard": "*/lib/*"}}]}}, False),
    ({"detail": {"missing": [{"anything-but": "x"}]}}, False),
    ({"detail": {"file": [{"wildcard": "dir/*.PNG"}]}}, True),
    ({"detail": {"file": [{"wildcard": "*lib*lib*"}]}}, False),
    ({"detail": {"file": [{"wildcard": "dir/lib/photo.PNG"}]}}, True),
    ({"detail": {"file": [{"wildcard": "dir/lib/photo.PNG*"}]}}, True),
    ({"detail": {"state": [{"wildcard": "FAI\\*ED"}]}}, False),
    ({"detail": {"count": [{"numeric": [">", 0, "<=", 5]}]}}, True),
    ({"detail": {"count": [{"numeric": ["<", 5]}]}}, False),
    ({"detail": {"count": [{"numeric": ["=", 5.0]}]}}, True),
    ({"detail": {"flag": [{"numeric": ["=", 1]}]}}, False),
    ({"detail": {"count": [5]}}, True),
    ({"detail": {"count": [5.0]}}, False),
    ({"detail": {"version": [3]}}, False),
    ({"detail": {"version": [3.0]}}, True),
    ({"detail": {"flag": [True]}}, True),
    ({"detail": {"flag": [1]}}, False),
    ({"detail": {"empty": [""]}}, True),
    ({"detail": {"nothing": [None]}}, True),
    ({"detail": {"missing": [None]}}, False),
    ({"detail": {"state": [{"exists": True}]}}, True),
    ({"detail": {"state": [{"exists": False}]}}, False),
    ({"detail": {"missing": [{"exists": False}]}}, True),
    ({"detail": {"missing": [{"exists": True}]}}, False),
    ({"detail": {"nothing": [{"exists": True}]}}, True),
    ({"detail": {"list": [{"exists": True}]}}, False),
    ({"detail": [{"exists": True}]}, False),
    ({"other": {"inside": [{"exists": False}]}}, True),
    ({"detail": {"missing": ["x", {"exists": False}]}}, True),
    ({"detail": {"source-ip": [{"cidr": "10.0.0.0/24"}]}}, True),
    ({"detail": {"source-ip": [{"cidr": "10.0.1.0/24"}]}}, False),
    ({"detail": {"state": [{"cidr": "10.0.1.0/24"}]}}, False),
    ({"resources": ["arn:other"]}, True),
    ({"resources": [{"prefix": "arn:aws:codepipeline:"}]}, True),
    ({"detail": {"artifacts": {"name": ["b"]}}}, True),
    ({"detail": {"artifacts": {"name": ["b"], "size": [1]}}}, False),
    ({"detail": {"artifacts": {"name": ["b"], "size": [2]}}}, True),
    ({"detail": {"state": {"inside": ["x"]}}}, False),
    ({"$or": [{"source": ["aws.ec2"]}, {"detail": {"state": ["FAILED"]}}]}, True),
    ({"$or": [{"source": ["aws.ec2"]}, {"detail": {"state": ["STARTED"]}}]}, False),
    ({"source": ["aws.ec2"], "$or": [{"detail": {"state": ["FAILED"]}}, {"account": ["1"]}]}, False),
    ({"detail": {"$or": [{"stage": ["Build"]}, {"count": [{"numeric": [">", 4]}]}]}}, True),
]


@pytest.mark.parametrize(("pattern", "expected"), ROWS, ids=[json.dumps(row[0]) for row in ROWS])
def test_a_pattern_asks_for_an_event(pattern: dict[str, Any], expected: bool) -> None:
    assert read_pattern(json.dumps(pattern)).matches(EVENT) is expected


WRONG: list[tuple[str, str]] = [
    ("", "it is no JSON"),
    ("[]", "pattern: it is an object of fields"),
    ("{}", "pattern: an empty object asks for nothing"),
    ('{"a": "b"}', "pattern.a: what a field may be is a list"),
    ('{"a": []}', "pattern.a: what a field may be is a list"),
    ('{"a": [[1]]}', "pattern.a[0]: a value is text"),
    ('{"a": [{}]}', "pattern.a[0]: an object here has one operator"),
    ('{"a": [{"starts": "b"}]}', 'pattern.a[0]: there is no operator "starts"'),
    ('{"a": [{"prefix": 1}]}', "pattern.a[0].prefix: prefix wants text"),
    ('{"a": [{"wildcard": "a**"}]}', "pattern.a[0].wildcard: two stars in a row"),
    ('{"a": [{"wildcard": "a\\\\b"}]}', "pattern.a[0].wildcard: a backslash goes before"),
    ('{"a": [{"numeric": [">", 1, ">", 2]}]}', "pattern.a[0].numeric: numeric has one bound"),
    ('{"a": [{"numeric": [">"]}]}', "pattern.a[0].numeric: numeric has one bound"),
    ('{"a": [{"numeric": [">", 5, "<", 5]}]}', "pattern.a[0].numeric: nothing lies between"),
    ('{"a": [{"numeric": [">", "x"]}]}', "pattern.a[0].numeric: numeric reads"),
    ('{"a": [{"numeric": ["=", 5000000001]}]}', "pattern.a[0].numeric: numbers go to"),
    ('{"a": [{"exists": 1}]}', "pattern.a[0].exists: exists is true or false"),
    ('{"a": [{"cidr": "10.0.0.1"}]}', "pattern.a[0].cidr: cidr reads"),
    ('{"a": [{"cidr": "10.0.0.0/33"}]}', "pattern.a[0].cidr: cidr reads"),
    ('{"a": [{"anything-but": [1, "x"]}]}', "pattern.a[0].anything-but: anything-but takes"),
    ('{"a": [{"anything-but": []}]}', "pattern.a[0].anything-but: anything-but takes"),
    ('{"a": [{"anything-but": {"exists": true}}]}', "pattern.a[0].anything-but: anything-but takes"),
    ('{"$or": [{"a": ["b"]}]}', "pattern.$or: $or is a list of two objects or more"),
    ('{"a": ' * 40 + '["x"]' + "}" * 40, "nested more than"),
    ('{"a": ["' + "x" * 4096 + '"]}', "at most 4096 characters"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "said"), WRONG, ids=[text[:40] or "nothing" for text, _ in WRONG])
def test_a_pattern_that_cannot_be_read_names_the_place(text: str, said: str) -> None:
    with pytest.raises(InvalidEventPatternError) as caught:
        read_pattern(text)
    assert said in str(caught.value)

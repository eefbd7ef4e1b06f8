"""What every function was called with, offline: each payload is one that its function can read."""

import json
import re
from pathlib import Path

import msgspec
import pytest

import laststop.lambdas
from laststop.catalog.record import Undecodable, decode_batch
from laststop.functions.answer_failure import answer_failure
from laststop.functions.bell import ring_of
from laststop.functions.look_again import decode_recheck
from laststop.functions.release import Wish
from laststop.pipeline.job import decode_job
from laststop.pipeline.state_change import decode_state_change
from unit.events import EVENTS
from unit.functions.function_fakes import FakeJobs

CAPTURED = sorted((EVENTS / "captured").glob("*.json"))
SHAPES = {
    "announce": {"job", "started", "succeeded", "failed"},
    "answer-failure": {"on-failure"},
    "deploy-site": {"job"},
    "invalidate-edge": {"job"},
    "publish": {"stream"},
    "release": {"rollback", "lift"},
    "start": {"created", "succeeded"},
    "sweep": {"asked", "scheduled-event"},
    "verify-live": {"job", "recheck"},
}
"""Function -> how the shapes end that it is called with."""


def names(file: Path) -> tuple[str, str]:
    function, _, shape = file.stem.partition("--")
    return function, shape


def test_every_function_has_a_payload_of_every_shape():
    (folder,) = laststop.lambdas.__path__
    functions = {file.stem.replace("_", "-") for file in Path(folder).glob("[!_]*.py")}
    assert functions == set(SHAPES)
    for function, wanted in SHAPES.items():
        found = {shape for file in CAPTURED for name, shape in [names(file)] if name == function}
        assert {end for end in wanted if not any(shape.endswith(end) for shape in found)} == set(), function


@pytest.mark.parametrize("file", CAPTURED, ids=lambda file: file.stem)
def test_its_function_can_read_it(file):
    function, shape = names(file)
    event = json.loads(file.read_text())
    match function, shape:
        case "publish", _:
            records = list(decode_batch(event))
            assert records
            assert not any(isinstance(record, Undecodable) for record in records)
        case "start", _:
            assert ring_of(event) is not None
        case "release", _:
            assert msgspec.convert(event, Wish).action == shape
        case "sweep", "scheduled-event":
            assert event["source"] == "aws.events"
        case "sweep", _:
            assert event == {}
        case "verify-live", "recheck":
            assert decode_recheck(event).release
        case "answer-failure", _:
            jobs = FakeJobs()
            answer_failure(event, jobs=jobs)
            assert "died: Runtime.HandlerError: the function dies" in jobs.told[0][1]
        case _, "job":
            assert decode_job(event).id
        case _:
            assert decode_state_change(event).run


@pytest.mark.parametrize("file", CAPTURED, ids=lambda file: file.stem)
def test_no_key_is_kept(file):
    text = file.read_text()
    kept = re.findall(r'"(?:accessKeyId|secretAccessKey|sessionToken)": "(.*)"', text)
    assert set(kept) <= {"hidden"}
